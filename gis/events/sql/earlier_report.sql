-- The receipt stored under an id for the same body of the same sender; null for any other, no row for a new id.
-- Parameters: ids, bodies (arrays of one: id and SHA-256 of the body). Index: pk_report.
SELECT e.receipt FROM earlier_reports(cast(:ids AS uuid[]), cast(:bodies AS bytea[])) AS e
