"""Runs the bot in the browser without credentials."""
