-- Whether one sets the rules of an area. Parameters: area_id. Index: pk_area.
SELECT covers('rules.edit', cast(:area_id AS int))
