"""Parses a typed text into a query."""
