"""Turns the readings of a query into a report."""
