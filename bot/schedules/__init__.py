"""Rules that say when a digest is sent."""
