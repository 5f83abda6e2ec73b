"""`python -m bot`, which is `devin-metrics`."""

import sys

from bot.cli.main import main


def run() -> None:
    """Runs the command that was typed, and exits with its code."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
