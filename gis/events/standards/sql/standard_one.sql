-- One condition by its number. Parameters: id. Index: pk_filing_standard.
SELECT st.*, s.city, s.version, c.scheme || ':' || c.kind || ':' || c.code AS category
FROM filing_standard AS st
JOIN filing_standard_set AS s ON s.id = st.set_id
JOIN category AS c ON c.id = st.category_id
WHERE st.id = :id
