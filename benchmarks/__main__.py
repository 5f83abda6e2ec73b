"""Runs every benchmark; exits with 1 if one of them misses its target."""

import sys

from benchmarks import commands, minute, questions, report

sys.exit(max([benchmark.main() for benchmark in (report, questions, commands, minute)]))
