"""Devin session metrics in Slack: asked with a command, or as a digest on a schedule."""

__version__ = "0.1.0"
