-- Add, change and retire categories; a function of the owner that asks for the scope.
-- Parameters: city, given, counted (JSON).
SELECT put_categories(:city, cast(:given AS jsonb), cast(:counted AS jsonb))
