"""The rules of this bot, by example."""
