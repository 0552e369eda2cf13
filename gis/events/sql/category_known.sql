-- Whether there is a category, or any of a kind when no code is given. Index: uq_category_scheme_kind_code.
-- Parameters: scheme, kind, code (or null).
SELECT EXISTS (SELECT FROM category WHERE scheme = :scheme AND kind = :kind AND code = coalesce(:code, code))
