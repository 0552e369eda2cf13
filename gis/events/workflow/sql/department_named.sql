-- The department with a code, or with an id. Parameters: code (text). Index: uq_department_code.
SELECT id FROM department WHERE code = :code
