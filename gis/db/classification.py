"""What kind of table each one is, and what the role of the web edge may do with it.

A table that is in none of these fails the tests: whoever adds one has to say who may see its rows.
"""

from __future__ import annotations

READ = frozenset({"SELECT"})
ADD = frozenset({"SELECT", "INSERT"})
MARK = frozenset({"SELECT", "UPDATE"})
EDIT = frozenset({"SELECT", "INSERT", "UPDATE"})
ALL = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
NONE: frozenset[str] = frozenset()

PUBLIC = {
    "admission_item": READ,
    "alembic_version": READ,
    "area": READ,
    "area_people_public": READ,
    "area_post": READ,
    "barrier": READ,
    "building": READ,
    "calendar": READ,
    "calendar_day": READ,
    "calendar_limit": READ,
    "calendar_schedule": READ,
    "calendar_session": READ,
    "category": READ,
    "category_version": READ,
    "circle": ALL,
    "compound": READ,
    "dataset": READ,
    "department": READ,
    "department_area": READ,
    "dispatch_rule": READ,
    "dispatch_rule_set": READ,
    "duty_item": READ,
    "entrance": READ,
    "facility_standard": READ,
    "filing_standard": READ,
    "filing_standard_set": READ,
    "gate": READ,
    "party_org": READ,
    "party_org_area": READ,
    "permission": READ,
    "public_statistic": READ,
    "rating_rule": READ,
    "rating_scale": READ,
    "reach": ALL,
    "reach_layer": ALL,
    "register_revision": READ,
    "role": READ,
    "role_permission": READ,
    "service_area": READ,
    "standard_profile": READ,
    "station": READ,
    "street": READ,
    "whistle_edge": READ,
    "whistle_limit": READ,
    "whistle_rule": READ,
    "workflow": READ,
    "workflow_edge": READ,
    "workflow_state": READ,
}
"""Places, posts, codes, distances: nothing of events, of counts of people, or of persons, but for
`area_people_public` and `public_statistic`, which hold what is left when the small counts are hidden.

The web edge computes distances and drawings when they are first asked for: a stored layer is inserted or replaced
(INSERT ... ON CONFLICT DO UPDATE on `reach_layer`, DELETE and COPY on `reach`, DELETE of the oldest layers), circles
are deleted and copied in anew. Their numbers are walks from door to door, of buildings that everybody sees.
"""

SCOPED = {
    "access_token": EDIT,
    "account": EDIT,
    "admission_approval": ADD,
    "area_people": READ,
    "attachment": ADD,
    "audit": ADD,
    "building_people": READ,
    "campaign": READ,
    "campaign_problem": READ,
    "campaign_target": READ,
    "command_photo": EDIT,
    "dispatch_alarm": MARK,
    "dispatch_trace": ADD,
    "delivery": READ,
    "event": READ,
    "event_clock": READ,
    "event_command": EDIT,
    "event_log": READ,
    "event_wait": READ,
    "job": EDIT,
    "login_session": MARK,
    "me_too": READ,
    "notice": MARK,
    "register_edit": READ,
    "report": READ,
    "report_confirmation": READ,
    "report_contact": READ,
    "report_photo": MARK,
    "role_grant": EDIT,
    "scenario": ALL,
    "sensor": EDIT,
    "sensor_storm": READ,
    "subscriber": EDIT,
    "whistle": READ,
    "whistle_answer": READ,
    "whistle_appeal": READ,
    "whistle_log": READ,
    "whistle_photo": READ,
    "call_back": READ,
    "event_rating": READ,
    "event_round": READ,
    "event_sample": READ,
    "inspection_task": READ,
    "overdue_appeal": READ,
}
"""Forced row-level security decides which rows; some verbs and columns are granted in part only."""

CLOSED = {
    "audit_mark": NONE,
    "campaign_visit": NONE,
    "duty_fault": NONE,
    "kpi_cell": NONE,
    "kpi_delta": NONE,
    "login_failure": NONE,
    "outbox": NONE,
    "sample_secret": NONE,
    "sensor_alarm": NONE,
    "whistle_command": NONE,
}
"""Forced row-level security without a policy for the web edge: reached through functions of the owner."""
