"""Devin session metrics in Slack: asked with a command, or as a digest on a schedule."""

import zoneinfo

__version__ = "0.1.0"

# Zone rules come from the tzdata package, whose version the lock names, and never from the machine: replicas on
# different images would disagree about when nine o'clock is. It stands here because nothing is imported before it.
zoneinfo.reset_tzpath(())
