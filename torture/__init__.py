"""Digests under trouble: processes that are killed and frozen, a database that restarts, a Slack that fails at random.

Whatever happens, each occurrence is posted once, or its row says why it was not.
"""
