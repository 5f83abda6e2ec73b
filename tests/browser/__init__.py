"""What a person sees and does in the playground, in a real browser: `make browser`."""
