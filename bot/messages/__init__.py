"""Block Kit: from a page to a message in the reader's language."""
