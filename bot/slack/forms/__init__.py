"""The forms that open in Slack."""
