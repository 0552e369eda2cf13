-- Blow a whistle; what is refused is told in `refused`. Who may, the function asks.
-- Parameters: given (JSON text). SRID 4326. Indexes: pk_whistle, uq_department_code.
SELECT blow_whistle(cast(:given AS jsonb))
