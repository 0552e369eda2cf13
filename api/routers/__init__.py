"""One router a noun. `ROUTERS` names the modules under `/api/v1`, `PLAIN` those with addresses of their own."""

from __future__ import annotations

ROUTERS = (
    "reports",
    "attachments",
    "duplicates",  # before `events`, whose /events/{id} would take its addresses
    "commands",
    "workflows",
    "events",
    "areas",
    "register",
    "places",
    "coverage",
    "coverage_lists",
    "coverage_files",
    "circles",
    "deficits",
    "scenarios",
    "edits",
    "siting",
    "jobs",
    "webhooks",
    "whistles",
    "ratings",
    "notices",
    "kpi",
    "campaigns",
    "statistics",
    "session",
    "account",
    "accounts",
    "audit",
    "standards",
    "rules",
    "calendars",
    "dispatch",
)
PLAIN = ("api.routers.system", "api.pages", "api.oidc_pages", "api.offline_shell", "api.tiles")
