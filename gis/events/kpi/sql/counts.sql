-- Measures of an area with all below it between two days, told apart by the areas `keys` (ids), by department or by
-- category. The function refuses who does not hold kpi.read there. Parameters: area, keys, first, last, by_what,
-- department (null: all). Index: pk_kpi_cell.
SELECT key, measure, n FROM kpi_counts(
  :area, cast(:keys AS int[]), cast(:first AS date), cast(:last AS date), cast(:by_what AS text),
  cast(:department AS int)
)
