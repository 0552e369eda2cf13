-- Whom an event may be assigned to, for whoever sees it and may assign it now; nobody for anybody else. The nearest to
-- where it stands first. Parameters: id, most (rows). Indexes: pk_event, pk_workflow_edge, ix_role_grant_account_id.
SELECT h.handler, h.name, h.place
FROM event AS e CROSS JOIN LATERAL handlers_offered(e.id, :most) AS h
WHERE e.id = :id
