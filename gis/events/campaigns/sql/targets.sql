-- Buildings of a campaign the asker answers for. Parameters: campaign, most. Index: pk_campaign_target.
SELECT b.code, b.address, a.code AS area, a.name AS area_name
FROM campaign_target AS t JOIN building AS b ON b.id = t.building_id JOIN area AS a ON a.id = t.area_id
WHERE t.campaign_id = :campaign ORDER BY a.code, b.address, b.code LIMIT :most
