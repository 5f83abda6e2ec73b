"""From a query to figures, changes, rows and reasons."""
