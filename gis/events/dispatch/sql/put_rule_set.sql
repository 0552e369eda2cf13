-- Store a new set, or a draft from its revision; null when there is none such. Parameters: given (JSON), revision.
SELECT put_rule_set(cast(:given AS jsonb), cast(:revision AS int))
