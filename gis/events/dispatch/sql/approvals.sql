-- Approvals to send an event down beyond a community's list. Parameters: id. Index: pk_admission_approval.
SELECT a.code AS area, a.name AS area_name, p.actor AS by, p.reason, p.at
FROM admission_approval AS p JOIN area AS a ON a.id = p.area_id WHERE p.event_id = :id ORDER BY p.at
