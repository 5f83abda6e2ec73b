"""Something to try the bot on, without credentials: a made-up Devin enterprise, and stand-ins on loopback."""
