-- Campaigns the asker sees, the latest first. Parameters: id (null: all), most. Index: pk_campaign.
SELECT c.id, c.kind, c.name, c.begins, c.ends, a.code AS area, a.name AS area_name
FROM campaign AS c JOIN area AS a ON a.id = c.area_id
WHERE cast(:id AS uuid) IS NULL OR c.id = cast(:id AS uuid)
ORDER BY c.begins DESC, c.id DESC LIMIT :most
