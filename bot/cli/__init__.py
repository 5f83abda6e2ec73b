"""The commands of a terminal: arguments in, an exit code out."""
