"""Inspection by somebody else, the reporter's rating, objections, call-backs, appeals against overdue."""
