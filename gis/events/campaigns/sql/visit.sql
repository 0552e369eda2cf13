-- Keep a visit; false when it is kept already. Parameters: id, campaign, building (id), door, result, at.
-- Index: pk_campaign_visit, pk_campaign_target.
SELECT visit_door(:id, :campaign, :building, :door, :result, cast(:at AS timestamptz))
