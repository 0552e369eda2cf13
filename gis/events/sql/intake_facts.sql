-- What the codes of a report stand for, null where there is no such thing, and whether its id is taken already.
-- Parameters: id, scheme, kind, code, compound, building, entrance (text or null).
-- Indexes: pk_report, uq_category_scheme_kind_code, uq_compound_code, uq_building_code, uq_entrance_code.
SELECT
  (SELECT id FROM category
    WHERE scheme = :scheme AND kind = :kind AND code = :code
      AND valid_from <= current_date AND (valid_to IS NULL OR valid_to > current_date)) AS category_id,
  (SELECT id FROM compound WHERE code = :compound) AS compound_id,
  (SELECT id FROM building WHERE code = :building) AS building_id,
  (SELECT id FROM entrance WHERE code = :entrance) AS entrance_id,
  earlier.body_sha256 AS earlier_sha256,
  earlier.receipt::text AS earlier_receipt
FROM (VALUES (cast(:id AS uuid))) AS given (id)
LEFT JOIN report AS earlier ON earlier.id = given.id
