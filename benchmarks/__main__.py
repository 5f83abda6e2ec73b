"""Runs every benchmark; exits with 1 if one of them misses its target."""

import sys

from benchmarks import report

sys.exit(report.main())
