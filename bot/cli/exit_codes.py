"""The exit codes of `devin-metrics`."""

EXIT_DONE = 0
EXIT_PROBLEM = 1  # The answer is a Problem.
EXIT_WRONG_USE = 2  # Wrong arguments or settings.
