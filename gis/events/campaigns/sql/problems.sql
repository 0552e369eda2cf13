-- Problems of a campaign the asker answers for, the oldest unsolved first. An event that closed solves its problem.
-- Parameters: campaign, id (null: all), most. Index: ix_campaign_problem_campaign_id.
SELECT p.id, p.note, p.registered_at, p.area_id, a.code AS area, a.name AS area_name, b.code AS building, e.number AS event,
  least(p.solved_at, CASE WHEN e.status = 'closed' THEN e.closed_at END) AS solved_at
FROM campaign_problem AS p
JOIN area AS a ON a.id = p.area_id
LEFT JOIN building AS b ON b.id = p.building_id
LEFT JOIN event AS e ON e.id = p.event_id
WHERE p.campaign_id = :campaign AND (cast(:id AS uuid) IS NULL OR p.id = cast(:id AS uuid))
ORDER BY least(p.solved_at, CASE WHEN e.status = 'closed' THEN e.closed_at END) IS NOT NULL, p.registered_at, p.id
LIMIT :most
