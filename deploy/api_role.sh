#!/bin/sh
# Run by the database's container once, when its data is made: the login of the web edge, which owns nothing.
set -eu
psql -v ON_ERROR_STOP=1 -v word="$WANGGE_API_DB_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
CREATE ROLE wangge_api LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'word';
SQL
