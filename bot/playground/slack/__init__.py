"""A stand-in for Slack, for the playground's page and the tests."""
