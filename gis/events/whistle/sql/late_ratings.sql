-- Results whose time for rating is over, the latest first to be over last.
-- Parameters: count. Index: pk_whistle_answer.
SELECT a.whistle_id, d.code, a.version
FROM whistle_answer AS a JOIN department AS d ON d.id = a.department_id
WHERE a.status = 'resolved' AND a.rate_due <= now()
ORDER BY a.rate_due LIMIT :count
