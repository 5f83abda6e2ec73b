"""When a digest is sent, and what of it is stored."""
