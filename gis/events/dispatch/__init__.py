"""Dispatch rules as data: who has to see to an event, why, and what says so."""
