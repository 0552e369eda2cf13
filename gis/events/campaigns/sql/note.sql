-- Keep a problem; false when it is kept already. Parameters: id, campaign, building (id or null), area, note, event
-- (or null), at. Index: pk_campaign_problem.
SELECT note_problem(
  :id, :campaign, cast(:building AS int), :area, :note, cast(:event AS uuid), cast(:at AS timestamptz)
)
