-- What a campaign had come to at a moment, by grid the asker answers for. Parameters: campaign, as_of.
-- Indexes: pk_campaign_target, ix_campaign_visit_campaign_id, ix_campaign_problem_campaign_id.
SELECT a.code, a.name, f.buildings, f.households, f.met, f.absent, f.refused, f.problems, f.solved, f.ages
FROM campaign_figures(:campaign, cast(:as_of AS timestamptz)) AS f JOIN area AS a ON a.id = f.area_id ORDER BY a.code
