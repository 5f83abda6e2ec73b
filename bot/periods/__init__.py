"""Resolves periods of the calendar to windows of time."""
