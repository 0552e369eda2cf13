-- Results whose time for rating is over, the latest first to be over last; not those that failed and wait for another try.
-- Parameters: count. Indexes: pk_whistle_answer, pk_duty_fault.
SELECT a.whistle_id, d.code, a.version
FROM whistle_answer AS a JOIN department AS d ON d.id = a.department_id
WHERE a.status = 'resolved' AND a.rate_due <= now() AND NOT EXISTS (
  SELECT FROM duty_fault AS f WHERE f.duty = 'whistles' AND f.subject = a.whistle_id AND f.retry_at > now())
ORDER BY a.rate_due LIMIT :count
