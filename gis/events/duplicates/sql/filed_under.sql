-- What was reported under a code in hand, as JSON: of a report, not of a “me too”. Parameters: code.
-- Index: uq_event_tracking_code.
SELECT json_build_object(
  'event_number', e.number,
  'category', c.scheme || ':' || c.kind || ':' || c.code,
  'category_zh', c.name_zh,
  'category_en', c.name_en,
  'opened_at', e.opened_at
)::text
FROM event AS e JOIN category AS c ON c.id = e.category_id
WHERE e.tracking_code = :code
