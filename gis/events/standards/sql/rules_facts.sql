-- What decides whether a set of a city may be stored: whose it is, what is there already, and what day it is.
-- Parameters: city, version (or null). Indexes: uq_filing_standard_set_city_version, uq_area_code.
SELECT
  rules_held(:city) AS held,
  :city = '' OR EXISTS (SELECT FROM area AS a WHERE a.valid_to IS NULL AND starts_with(a.code, :city)) AS known,
  EXISTS (SELECT FROM filing_standard_set AS s WHERE s.city = :city AND s.version = :version) AS taken,
  (SELECT s.valid_from FROM filing_standard_set AS s WHERE s.city = :city AND s.valid_to IS NULL) AS open_from,
  (now() AT TIME ZONE 'Asia/Shanghai')::date AS today
