-- Put a set into force from its revision, the one before out of it. Parameters: id, revision.
SELECT activate_rule_set(cast(:id AS int), cast(:revision AS int))
