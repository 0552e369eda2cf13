-- The category in force with a key. Parameters: scheme, kind, code. Index: uq_category_scheme_kind_code.
SELECT id FROM category
WHERE scheme = :scheme AND kind = :kind AND code = :code
  AND valid_from <= current_date AND (valid_to IS NULL OR valid_to > current_date)
