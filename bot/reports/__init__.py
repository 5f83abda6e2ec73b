"""What the readings for a query say."""
