"""A place to try the bot without credentials."""
