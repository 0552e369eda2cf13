-- Store a whole set, which ends the one in force until then; a function of the owner that asks for the scope.
-- Parameters: given, standards, counted (JSON).
SELECT put_filing_standards(cast(:given AS jsonb), cast(:standards AS jsonb), cast(:counted AS jsonb))
