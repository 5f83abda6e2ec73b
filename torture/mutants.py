"""Takes rules out of copies of this repository, one at a time, and exits with 1 where no test notices."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from torture.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parent.parent
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "dist", "build")
LONGEST_RUN, LONGEST = 600.0, 1800.0  # Seconds for one mutation, and for all.
PYTEST = (sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "--tb=no", "-p", "no:cacheprovider")
FAILED = re.compile(r"^(?:FAILED|ERROR) (?:\S*/)?(.+?)(?: - (.*))?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one mutation, or of none: `noticed` is the test that failed, `wrong` is why there is no such one."""

    rule: str
    file: str
    seconds: float
    noticed: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of pytest in a copy."""

    code: int
    output: str

    @property
    def failed(self) -> str:
        """The first test that failed, without its folder, and what it said."""
        found = FAILED.search(self.output)
        return ": ".join(filter(None, found.groups())) if found else f"pytest, which exited with {self.code}"


Run = Callable[[Path, Sequence[str]], Ran]


def mutated(text: str, mutation: Mutation) -> str:
    """A file without its rule. LookupError: what has to be replaced does not stand there exactly once."""
    if (times := text.count(mutation.before)) != 1:
        raise LookupError(f"the text to replace stands there {times} times")
    return text.replace(mutation.before, mutation.after)


def sabotage(copy: Path, mutation: Mutation, run: Run) -> Result:
    """Takes the rule out of a copy, runs its tests there, and puts it back."""
    began, file = time.monotonic(), copy / mutation.file

    def result(noticed: str = "", wrong: str = "") -> Result:
        return Result(mutation.rule, mutation.file, time.monotonic() - began, noticed, wrong)

    whole = file.read_text("utf-8") if file.exists() else ""
    try:
        file.write_text(mutated(whole, mutation), "utf-8")
    except LookupError as error:
        return result(wrong=str(error))
    try:
        ran = run(copy, mutation.tests)
    except subprocess.TimeoutExpired:
        return result(wrong="the tests did not come to an end")
    finally:
        file.write_text(whole, "utf-8")
    match ran.code:
        case 0:
            return result(wrong="NOT NOTICED")
        case 1:
            return result(noticed=ran.failed)
    return result(wrong=f"the tests could not be run: pytest exited with {ran.code}")


def unharmed(copy: Path, mutations: Sequence[Mutation], run: Run) -> Result:
    """Runs all the tests in a copy that nothing was taken out of."""
    began = time.monotonic()
    wrong = ""
    for tests in _together([mutation.tests for mutation in mutations]):
        try:
            ran = run(copy, tests)
        except subprocess.TimeoutExpired:
            ran = Ran(-1, "")
        if ran.code != 0:
            wrong = f"fails all the same: {ran.failed}"
            break
    return Result("(none taken out)", "", time.monotonic() - began, wrong=wrong)


def _together(arguments: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """All tests in one run, but for those that are chosen by an option: it would choose among the others, too."""
    plain = sorted({test for tests in arguments for test in tests if not _has_option(tests)})
    return [*([plain] if plain else []), *(tests for tests in arguments if _has_option(tests))]


def _has_option(tests: Sequence[str]) -> bool:
    return any(test.startswith("-") for test in tests)


def results(copy: Path, mutations: Sequence[Mutation], run: Run, longest: float = LONGEST) -> list[Result]:
    """The whole repository first, then each mutation, as far as the time goes."""
    began = time.monotonic()
    found = [unharmed(copy, mutations, run)]
    for mutation in () if found[0].wrong else mutations:
        if time.monotonic() - began < longest:
            found.append(sabotage(copy, mutation, run))
        else:
            found.append(Result(mutation.rule, mutation.file, 0, wrong="not tried: no time was left"))
        print(".", end="", flush=True)
    print(flush=True)
    return found


def table(found: Sequence[Result]) -> str:
    """A line a rule."""
    rows = [("rule", "where", "noticed by", "seconds")]
    rows += [
        (one.rule, one.file, one.noticed or one.wrong or "passes, as it has to", f"{one.seconds:.0f}") for one in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def in_a_copy(copy: Path, tests: Sequence[str]) -> Ran:
    """Runs tests in a copy, with its code in place of what is installed."""
    env = {**os.environ, "PYTHONPATH": str(copy), "COLUMNS": "200"}  # Room for what a test says when it fails.
    ran = subprocess.run(
        [*PYTEST, *tests], cwd=copy, env=env, capture_output=True, text=True, timeout=LONGEST_RUN, check=False
    )
    return Ran(ran.returncode, ran.stdout)


def main() -> int:
    """All mutations, one after the other."""
    print(f"{len(MUTATIONS)} rules, about half a minute each; all is done in a copy", flush=True)
    with TemporaryDirectory(prefix="devin-metrics-mutants-") as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
        found = results(copy, MUTATIONS, in_a_copy)
    print(table(found))
    return 0 if len(found) == len(MUTATIONS) + 1 and not any(one.wrong for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
