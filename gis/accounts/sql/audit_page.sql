-- One page of the audit, newest first; the page is chosen before areas are joined.
-- Parameters: row_limit, and those of the scope and the filter (gis.accounts.audit_reading).
-- The scope is the policy's too: each decides alone. Indexes: ix_audit_at_id read backwards, ix_audit_actor_at,
-- uq_audit_object_type_object_id_seq for one object, ix_audit_area_id for a small area.
WITH chosen AS MATERIALIZED (
  SELECT a.*
  FROM audit AS a
  WHERE true /*filter*/
  ORDER BY a.at DESC, a.id DESC
  LIMIT :row_limit
)
SELECT
  c.id, c.at, c.account_id, c.actor, c.role, c.address, c.trace_id, area.code AS area_code, area.name AS area_name,
  c.action, c.object_type, c.object_id, c.result, c.details, c.seq
FROM chosen AS c LEFT JOIN area ON area.id = c.area_id
ORDER BY c.at DESC, c.id DESC
