-- Code, name and level of an area. Parameters: id. Index: pk_area.
SELECT code, name, level FROM area WHERE id = :id
