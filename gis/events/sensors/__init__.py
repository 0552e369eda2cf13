"""Sensors that report by themselves: a register, signed alarms, storms that are one event."""
