"""The log of events as chains to be verified and anchored."""

from __future__ import annotations

from gis.accounts.audit_verify import Chains

EVENT_LOG = Chains("event_log", "gis.events", "log_verify", "log_days")
