-- The admission list of a city. Parameters: city, day (in force then; null: all versions).
-- Index: uq_admission_item_city_version_code.
SELECT d.city, d.version, d.code, d.name, d.categories, d.area, d.basis, d.valid_from, d.valid_to
FROM admission_item AS d
WHERE d.city = :city AND (cast(:day AS date) IS NULL OR (d.valid_from <= :day AND (d.valid_to IS NULL OR d.valid_to > :day)))
ORDER BY d.valid_from DESC, d.code
