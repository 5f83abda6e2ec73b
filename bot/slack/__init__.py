"""The bot in Slack: its listeners by feature, and the way back to whoever asked."""
