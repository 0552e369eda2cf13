"""Clocks of events: limits in working time, frozen when they begin; pauses, extensions, warnings, escalation."""
