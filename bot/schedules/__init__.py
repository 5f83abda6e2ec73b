"""When a digest is sent, and what a delivery is."""
