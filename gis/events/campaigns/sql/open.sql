-- Begin a campaign: how many buildings it has, and whether it was begun before. Parameters: id, kind, name, area, begins, ends, buildings (codes, or
-- null: all that are inhabited). Index: ix_area_path, uq_building_code.
SELECT targets, replay FROM open_campaign(
  :id, :kind, :name, :area, cast(:begins AS date), cast(:ends AS date), cast(:buildings AS text[])
)
