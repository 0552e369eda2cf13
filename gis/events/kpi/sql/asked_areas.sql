-- The area of a code (the version in force) and, for `level`, the areas of that level below it.
-- Parameters: code, level (null: only itself). Index: ix_area_code, ix_area_path.
SELECT a.id, a.code, a.name, true AS itself FROM area AS a WHERE a.code = :code AND a.valid_to IS NULL
UNION ALL
SELECT b.id, b.code, b.name, false
FROM area AS a JOIN area AS b ON b.path && ARRAY[a.id] AND b.valid_to IS NULL AND b.level = cast(:level AS text)
WHERE a.code = :code AND a.valid_to IS NULL AND b.id <> a.id
ORDER BY itself DESC, code
