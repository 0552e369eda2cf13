-- Store a version of the admission list. Parameters: city, version, begins, items (JSON).
SELECT put_admission_items(cast(:city AS text), cast(:version AS text), cast(:begins AS date), cast(:items AS jsonb))
