-- The rules of a set as they are written. Parameters: id. Index: pk_dispatch_rule.
SELECT r.body FROM dispatch_rule AS r WHERE r.rule_set_id = :id ORDER BY r.code
