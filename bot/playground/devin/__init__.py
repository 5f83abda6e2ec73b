"""A stand-in for Devin, with made-up data."""
