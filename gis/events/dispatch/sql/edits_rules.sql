-- Whether whoever asks changes the rules of a city. Parameters: city. Index: uq_area_code_current.
SELECT edits_rules(cast(:city AS text))
