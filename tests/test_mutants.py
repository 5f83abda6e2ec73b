"""`make mutants` fails where a rule can be taken out and no test notices, and where it could not find that out."""

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from torture.mutants import ROOT, Ran, Run, mutated, results, table
from torture.mutations import MUTATIONS, Mutation

RULE = Mutation("Two and two are four", "sums.py", "2 + 2", "2 + 3", ("tests/test_sums.py",))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / "sums.py").write_text("four = 2 + 2\n")
    return tmp_path


def telling(whole: Ran, sabotaged: Ran) -> Run:
    """What pytest says of the whole copy, and of one without the rule."""

    def run(copy: Path, tests: Sequence[str]) -> Ran:
        assert list(tests) == ["tests/test_sums.py"]
        return whole if "2 + 2" in (copy / "sums.py").read_text() else sabotaged

    return run


PASSED, FOUND = Ran(0, "1 passed"), Ran(1, "FAILED tests/test_sums.py::test_four - assert 5 == 4\n1 failed")


def test_a_rule_is_guarded_where_its_tests_fail_without_it_alone(copy: Path) -> None:
    whole, without = results(copy, [RULE], telling(PASSED, FOUND))
    assert (whole.wrong, without.wrong) == ("", "")
    assert without.noticed == "test_sums.py::test_four: assert 5 == 4"
    assert (copy / "sums.py").read_text() == "four = 2 + 2\n"


def test_a_rule_that_no_test_misses_is_told(copy: Path) -> None:
    _, without = results(copy, [RULE], telling(PASSED, PASSED))
    assert without.wrong == "NOT NOTICED"
    assert "NOT NOTICED" in table([without])


def test_tests_that_cannot_be_run_notice_nothing(copy: Path) -> None:
    _, without = results(
        copy, [RULE], telling(PASSED, Ran(4, "ERROR: file or directory not found: tests/test_sums.py"))
    )
    assert without.wrong == "the tests could not be run: pytest exited with 4"


def test_where_the_whole_copy_fails_nothing_is_taken_out(copy: Path) -> None:
    (whole,) = results(copy, [RULE], telling(FOUND, FOUND))
    assert whole.wrong == "fails all the same: test_sums.py::test_four: assert 5 == 4"


def test_tests_that_an_option_chooses_are_run_apart_from_the_others(copy: Path) -> None:
    runs: list[Sequence[str]] = []

    def run(copy: Path, tests: Sequence[str]) -> Ran:
        runs.append(tests)
        return PASSED if "2 + 2" in (copy / "sums.py").read_text() else FOUND

    results(copy, [RULE, replace(RULE, tests=("tests/test_a.py",)), replace(RULE, tests=("tests", "-k", "sums"))], run)
    assert runs[:2] == [["tests/test_a.py", "tests/test_sums.py"], ("tests", "-k", "sums")]


def test_tests_that_do_not_end_notice_nothing(copy: Path) -> None:
    def run(copy: Path, tests: Sequence[str]) -> Ran:
        if "2 + 2" in (copy / "sums.py").read_text():
            return PASSED
        raise subprocess.TimeoutExpired(["pytest", *tests], 1)

    _, without = results(copy, [RULE], run)
    assert without.wrong == "the tests did not come to an end"


def test_what_there_was_no_time_for_is_not_noticed(copy: Path) -> None:
    _, without = results(copy, [RULE], telling(PASSED, FOUND), longest=-1)
    assert without.wrong == "not tried: no time was left"


def test_the_test_that_failed_is_named_with_its_example_and_what_it_said() -> None:
    said = Ran(1, "F\nFAILED tests/a/test_b.py::test_c[x y/z] - assert 1 == 2\n").failed
    assert said == "test_b.py::test_c[x y/z]: assert 1 == 2"
    assert Ran(1, "FAILED tests/test_b.py::test_c\n").failed == "test_b.py::test_c"
    assert Ran(2, "Interrupted").failed == "pytest, which exited with 2"


@pytest.mark.parametrize(("text", "times"), [("four = 4", 0), ("2 + 2 == 2 + 2", 2)])
def test_a_text_that_does_not_stand_there_once_is_not_replaced(text: str, times: int) -> None:
    with pytest.raises(LookupError, match=f"stands there {times} times"):
        mutated(text, RULE)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_each_rule_stands_where_it_is_taken_out(mutation: Mutation) -> None:
    file = ROOT / mutation.file
    whole = file.read_text("utf-8")
    assert mutated(whole, mutation) != whole
