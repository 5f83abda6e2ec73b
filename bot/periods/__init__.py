"""Periods of the calendar as windows of time."""
