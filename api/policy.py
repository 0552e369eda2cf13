"""Who may call what: one row an operation, by the name of its endpoint. An operation without a row does not start.

The table is data: it is what the guard asks (`api.guard`), what the document of the API tells, and what the
tests generate their cases from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts


class Access(StrEnum):
    """Who is let in."""

    OPEN = "open"
    """Everybody alike; nobody is looked up, so that it answers while the database is away."""
    PUBLIC = "public"
    """Everybody; who is logged in sees what they may see."""
    SELF = "self"
    """Whoever is logged in, for what is their own or nobody's."""
    NEED = "need"
    """Whoever holds the permission somewhere; where, is decided by the query and the policies of the rows."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Access to one operation.

    `action` and `object_type` are what a refused call is called in the audit; reads have none. `rate` names the
    limit of callers who are not logged in; accounts have one for reports. `before_change` lets in who must change the
    password first; elsewhere they are refused, or nobody.
    """

    access: Access
    permission: str = ""
    action: str = ""
    object_type: str = ""
    rate: str = ""
    before_change: bool = False


OPEN = Policy(Access.OPEN)
PUBLIC = Policy(Access.PUBLIC)
SELF = Policy(Access.SELF)
OWN = Policy(Access.SELF, before_change=True)
"""What a person needs to change a first password, or to leave."""
GREETING = Policy(Access.PUBLIC, before_change=True)
"""Says who is logged in, whoever it is."""


def Need(permission: str, action: str = "", object_type: str = "") -> Policy:  # noqa: N802 - a word of the table
    """A row for whoever holds `permission`."""
    return Policy(Access.NEED, permission, action, object_type)


def own(action: str, object_type: str, *, before_change: bool = False) -> Policy:
    """A row for a change of the caller's own things."""
    return Policy(Access.SELF, "", action, object_type, before_change=before_change)


def anyone(rate: str, action: str = "", object_type: str = "", *, before_change: bool = False) -> Policy:
    """A row for everybody, bounded in how often."""
    return Policy(Access.PUBLIC, "", action, object_type, rate, before_change)


POLICY: Mapping[str, Policy] = {
    # the process, its documents and files
    "healthz": OPEN,
    "readyz": OPEN,
    "docs": OPEN,
    "docs_start": OPEN,
    "openapi": OPEN,
    "report_worker": OPEN,
    "vendor": OPEN,
    "js": OPEN,
    "css": OPEN,
    "lang": OPEN,
    "metrics": Need("metrics.read"),
    # pages
    "landing": GREETING,
    "report_page": OPEN,
    "track_page": OPEN,
    "login_page": GREETING,
    "statistics_page": GREETING,
    "account_page": OWN,
    "map_page": Need("events.read"),
    "inbox_page": Need("events.read"),
    "event_page": Need("events.read"),
    "planner_page": Need("coverage.read"),
    "users_page": Need("accounts.read"),
    "audit_page": Need("audit.read"),
    "rules_page": Need("rules.edit"),
    "kpi_page": Need("kpi.read"),
    "campaigns_page": SELF,
    "whistles_page": Need("events.read"),
    "whistle_page": Need("events.read"),
    "unplaced_page": Need("events.accept"),
    # reports
    "file_report": anyone("reports", "report.create", "report"),
    "store_photo": anyone("photos", "photo.store", "attachment"),
    "store_piece": anyone("photos", "photo.store", "attachment"),
    "photo_progress": anyone("photos"),
    "file_batch": Need("events.read", "report.create", "batch"),
    "confirm_report": anyone("reports", "report.confirm", "report"),
    "similar_events": anyone("similar"),
    "say_me_too": anyone("reports", "event.echo", "event"),
    "list_unplaced": Need("events.accept"),
    "sensor_alarm": anyone("alarms", "sensor.alarm", "sensor"),
    "list_sensors": Need("rules.edit"),
    "create_sensor": Need("rules.edit", "sensor.create", "sensor"),
    "update_sensor": Need("rules.edit", "sensor.update", "sensor"),
    "read_report": PUBLIC,
    "track": PUBLIC,
    "track_photo": PUBLIC,
    "list_my_reports": SELF,
    "read_photo": Need("events.read"),
    "reveal_contact": Need("contacts.reveal", "contact.reveal", "report"),
    # events
    "list_events": Need("events.read"),
    "event_features": Need("events.read"),
    "event_summary": Need("events.read"),
    "read_inbox": Need("events.read"),
    "read_event": Need("events.read"),
    "take_command": own("event.command", "event"),
    "take_commands": own("event.command", "event"),
    "list_actions": SELF,
    "list_handlers": SELF,
    "list_commands": SELF,
    "store_step_photo": own("photo.store", "attachment"),
    "list_workflows": SELF,
    "read_workflow": SELF,
    "create_workflow_version": Need("rules.edit", "workflow.create", "workflow"),
    # areas and what stands in them
    "list_areas": PUBLIC,
    "read_area": SELF,
    "grid_features": PUBLIC,
    "locate": PUBLIC,
    "list_places": PUBLIC,
    "list_categories": PUBLIC,
    "map_category": PUBLIC,
    "import_categories": Need("rules.edit", "categories.import", "categories"),
    "change_category": Need("rules.edit", "categories.import", "categories"),
    "list_standards": PUBLIC,
    "list_standard_sets": PUBLIC,
    "import_standards": Need("rules.edit", "standards.import", "filing_standards"),
    "list_codes": PUBLIC,
    "list_stations": PUBLIC,
    "list_gates": Need("coverage.plan"),
    "list_streets": Need("coverage.plan"),
    "list_departments": SELF,
    "public_statistics": PUBLIC,
    # walking
    "coverage_options": Need("coverage.read"),
    "coverage_numbers": Need("coverage.read"),
    "coverage_building": Need("coverage.read"),
    "coverage_uncovered": Need("coverage.read"),
    "coverage_presets": Need("coverage.read"),
    "coverage_preset": Need("coverage.read"),
    "coverage_export": Need("coverage.export", "coverage.export", "coverage"),
    "coverage_report": Need("coverage.plan", "coverage.export", "coverage"),
    "coverage_deficits": Need("coverage.read"),
    "coverage_housing": Need("coverage.read"),
    "coverage_equity": Need("coverage.read"),
    "coverage_accessibility": Need("coverage.read"),
    "list_circles": Need("coverage.read"),
    "coverage_tile": Need("coverage.read"),
    # planning
    "list_scenarios": Need("coverage.plan"),
    "create_scenario": Need("coverage.plan", "scenario.create", "scenario"),
    "read_scenario": Need("coverage.plan"),
    "update_scenario": Need("coverage.plan", "scenario.update", "scenario"),
    "delete_scenario": Need("coverage.plan", "scenario.delete", "scenario"),
    "compare_scenario": Need("coverage.plan"),
    "adopt_scenario": Need("register.edit", "scenario.adopt", "scenario"),
    "make_edit": Need("register.edit", "register.edit", "register"),
    "list_edits": Need("register.edit"),
    "plan_sites": Need("coverage.plan", "job.create", "job"),
    "tile": PUBLIC,
    # dispatch
    "list_calendars": PUBLIC,
    "read_calendar": PUBLIC,
    "calendar_days": PUBLIC,
    "put_calendar": Need("rules.edit", "calendar.put", "calendar"),
    "preview_deadline": SELF,
    "list_rule_sets": Need("rules.edit"),
    "create_rule_set": Need("rules.edit", "rules.create", "rule_set"),
    "show_rule_set": Need("rules.edit"),
    "update_rule_set": Need("rules.edit", "rules.update", "rule_set"),
    "activate_rule_set": Need("rules.edit", "rules.activate", "rule_set"),
    "lint_rule_set": Need("rules.edit"),
    "simulate_rule_set": Need("rules.edit", "rules.simulate", "rule_set"),
    "list_duty_items": SELF,
    "import_duty_items": Need("rules.edit", "duties.import", "duty_list"),
    "list_admission_items": SELF,
    "import_admission_items": Need("rules.edit", "admissions.import", "admission_list"),
    "list_dispatch_alarms": Need("rules.edit"),
    "acknowledge_dispatch_alarm": Need("rules.edit", "alarm.acknowledge", "dispatch_alarm"),
    "explain_dispatch": Need("events.read"),
    "approve_admission": Need("events.approve", "admission.approve", "event"),
    # notices
    "list_notices": SELF,
    "read_notices": own("notice.read", "notice"),
    "list_subscribers": Need("rules.edit"),
    "create_subscriber": Need("rules.edit", "subscriber.create", "subscriber"),
    "change_subscriber": Need("rules.edit", "subscriber.update", "subscriber"),
    "list_deliveries": Need("rules.edit"),
    "resend_deliveries": Need("rules.edit", "subscriber.resend", "subscriber"),
    "list_rule_changes": Need("rules.edit"),
    "end_subscriber": Need("rules.edit", "subscriber.end", "subscriber"),
    # jobs
    "list_jobs": SELF,
    "read_job": SELF,
    "read_job_file": SELF,
    "cancel_job": own("job.cancel", "job"),
    # the whistle
    "blow_whistle": Need("whistle.blow", "whistle.blow", "whistle"),
    "list_whistles": Need("events.read"),
    "read_whistle": Need("events.read"),
    "command_whistle": Need("events.read", "whistle.command", "whistle"),
    "whistle_scores": Need("kpi.read"),
    "whistle_score_run": Need("kpi.read"),
    "export_whistle_scores": Need("kpi.read"),
    "store_whistle_photo": Need("events.handle", "photo.store", "attachment"),
    "read_whistle_photo": Need("events.read"),
    "list_whistle_rules": SELF,
    "put_whistle_rule": Need("rules.edit", "whistle.rule", "whistle_rule"),
    "list_rating_rules": SELF,
    "put_rating_rule": Need("rules.edit", "rating.rule", "rating_rule"),
    # inspection and rating
    "rate_event": anyone("reports", "event.command", "event"),
    "object_event": anyone("reports", "event.command", "event"),
    "review_appeal": Need("events.approve", "appeal.review", "event"),
    "list_inspections": Need("events.inspect"),
    "rating_summary": Need("kpi.read"),
    # indicators and campaigns
    "read_indicators": Need("kpi.read"),
    "export_kpi": Need("kpi.read"),
    "rank_areas": Need("kpi.read"),
    "read_workload": Need("kpi.read"),
    "read_whistle_rates": Need("kpi.read"),
    "read_my_load": SELF,
    "list_campaigns": SELF,
    "open_campaign": Need("campaigns.manage", "campaign.create", "campaign"),
    "read_campaign": SELF,
    "list_targets": SELF,
    "list_problems": SELF,
    "visit_door": own("campaign.visit", "campaign"),
    "note_problem": own("campaign.problem", "campaign"),
    "solve_problem": own("campaign.solve", "campaign"),
    # logging in and out
    "read_session": GREETING,
    "log_in": anyone("logins", "session.refused", "session", before_change=True),
    "log_out": own("session.logout", "session", before_change=True),
    "list_sessions": OWN,
    "log_out_everywhere": own("session.logout", "session", before_change=True),
    "begin_oidc": anyone("logins"),
    "finish_oidc": anyone("logins"),
    # one's own account
    "change_password": own("password.change", "account", before_change=True),
    "begin_totp": own("totp.enable", "account"),
    "confirm_totp": own("totp.enable", "account"),
    "remove_totp": own("totp.disable", "account"),
    "list_tokens": SELF,
    "create_token": own("token.create", "account"),
    "revoke_token": own("token.revoke", "token"),
    # accounts of others
    "list_roles": SELF,
    "list_accounts": Need("accounts.read"),
    "create_account": Need("accounts.manage", "account.create", "account"),
    "read_account": Need("accounts.read"),
    "update_account": Need("accounts.manage", "account.update", "account"),
    "reset_password": Need("accounts.manage", "password.reset", "account"),
    "end_account_sessions": Need("accounts.manage", "session.logout", "account"),
    "create_grant": Need("accounts.manage", "grant.create", "account"),
    "end_grant": Need("accounts.manage", "grant.end", "account"),
    "list_audit": Need("audit.read"),
}

PAGES = frozenset(
    {"landing", "login_page", "statistics_page", "account_page", "map_page", "planner_page", "users_page"}
    | {"inbox_page", "event_page", "audit_page", "rules_page", "report_page", "track_page", "begin_oidc"}
    | {"finish_oidc", "kpi_page", "campaigns_page", "whistles_page", "whistle_page", "unplaced_page"}
)
"""Operations a person opens in a browser: who is not let in is led to the login page."""


class UnknownOperation(RuntimeError):
    """A route without a row, or a row without a route."""


def operations(app: FastAPI) -> dict[str, list[RouteContext]]:
    """Every route of the application by the name of its endpoint: API, tiles, pages, files, documents."""
    found: dict[str, list[RouteContext]] = {}
    for route in iter_route_contexts(app.routes):
        found.setdefault(route.name or repr(route), []).append(route)
    return found


def require_complete(names: Iterable[str], policy: Mapping[str, Policy]) -> None:
    """Raise UnknownOperation unless operations and rows are the same."""
    unruled, unused = sorted(set(names) - set(policy)), sorted(set(policy) - set(names))
    if unruled or unused:
        raise UnknownOperation(f"operations without a policy: {unruled}; policies without a route: {unused}")
