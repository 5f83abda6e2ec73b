"""From a text to a query."""
