-- The session of a token with its account and grants; no row for one that is over. It counts as seen now.
-- Parameters: hash (SHA-256 of the token), idle_s (after how many unused seconds it is over).
-- Index: uq_login_session_token_hash.
SELECT * FROM session_lookup(:hash, :idle_s)
