"""Digests on their way: from the moment that one is due to a message in its channel, or words to its steward."""
