-- Link staged party organisations with areas from a day on; links that exist are left.
-- Parameters: none; reads pg_temp.stage_party_areas (party_org, area, valid_from as text).
INSERT INTO party_org_area (party_org_id, area_id, valid_from)
SELECT org.id, area.id, coalesce(staged.valid_from::date, current_date)
FROM stage_party_areas staged
JOIN party_org org ON org.code = staged.party_org
JOIN area ON area.code = staged.area AND area.valid_to IS NULL
ON CONFLICT DO NOTHING
