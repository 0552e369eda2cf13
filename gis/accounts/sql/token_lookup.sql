-- An access token with its account and grants; no row for one that is over or revoked. It counts as used now.
-- Parameters: hash (SHA-256 of the token). Index: uq_access_token_token_hash.
SELECT * FROM token_lookup(:hash)
