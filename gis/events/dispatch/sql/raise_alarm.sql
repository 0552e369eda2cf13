-- Raise an alarm, or count it once more while nobody has seen to it. Parameters: kind, rule_set, rule, category, event,
-- detail.
SELECT raise_dispatch_alarm(
  cast(:kind AS text), cast(:rule_set AS int), cast(:rule AS text), cast(:category AS text), cast(:event AS uuid),
  cast(:detail AS text)
)
