-- The conditions of one set, for comparing. Parameters: set_id. Index: uq_filing_standard_set_id_category_id_condition_no.
SELECT
  c.scheme || ':' || c.kind || ':' || c.code AS category, st.condition_no, st.condition_text, st.condition_en,
  st.limit_kind, st.limit_value, st.closure_text, st.closure_en, st.evidence, st.lead_rule, st.lead_department,
  st.source, st.confidence
FROM filing_standard AS st JOIN category AS c ON c.id = st.category_id
WHERE st.set_id = :set_id
