-- Departments by their codes. Parameters: none.
SELECT d.code, d.name FROM department AS d
