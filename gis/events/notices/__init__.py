"""Whom the steps of an event are told to; who reads it; who outside is sent it."""
