-- The receipt of a report for whoever has its tracking code; under row-level security both are in hand.
-- Parameters: id, code. Index: pk_report.
SELECT r.receipt::text
FROM report AS r JOIN event AS e ON e.id = r.event_id
WHERE r.id = :id AND e.tracking_code = :code
