-- The rating of a round as its reporter is told it. Parameters: event, round. Index: pk_event_rating.
SELECT json_build_object(
  'event_number', e.number, 'round', r.round, 'score', r.score, 'label_zh', s.label_zh, 'label_en', s.label_en,
  'solved', r.solved, 'text', r.words, 'at', r.at
)::text
FROM event_rating AS r JOIN event AS e ON e.id = r.event_id JOIN rating_scale AS s ON s.score = r.score
WHERE r.event_id = :event AND r.round = :round
