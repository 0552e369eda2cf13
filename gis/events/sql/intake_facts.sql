-- What the codes of a report stand for, null where there is no such thing, and whether its id is taken already,
-- perhaps by somebody else. Under row-level security the id of the report is in hand.
-- Parameters: id, scheme, kind, code, compound, building, entrance (text or null).
-- Where a building or an entrance belongs is told beside it, for an address must not contradict itself.
-- Indexes: pk_report, uq_category_scheme_kind_code, uq_compound_code, uq_building_code, uq_entrance_code.
SELECT
  (SELECT id FROM category
    WHERE scheme = :scheme AND kind = :kind AND code = :code
      AND valid_from <= current_date AND (valid_to IS NULL OR valid_to > current_date)) AS category_id,
  compound.id AS compound_id,
  building.id AS building_id,
  building.compound_id AS compound_of_building,
  entrance.id AS entrance_id,
  entrance.building_id AS building_of_entrance,
  entered.compound_id AS compound_of_entrance,
  earlier.body_sha256 AS earlier_sha256,
  earlier.receipt::text AS earlier_receipt,
  coalesce(earlier.reporter_id <> account_id(), false) AS earlier_foreign
FROM (VALUES (cast(:id AS uuid))) AS given (id)
LEFT JOIN report AS earlier ON earlier.id = given.id
LEFT JOIN compound ON compound.code = :compound
LEFT JOIN building ON building.code = :building
LEFT JOIN entrance ON entrance.code = :entrance
LEFT JOIN building AS entered ON entered.id = entrance.building_id
