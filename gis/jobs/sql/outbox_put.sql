-- Write one message and its notices; null when nobody acts. Parameters: topic, event_id, area_id, payload, accounts.
SELECT put_outbox(
  cast(:topic AS text), cast(:event_id AS uuid), cast(:area_id AS int), cast(:payload AS jsonb),
  cast(:accounts AS int[])
)
