"""All that the bot's code knows of a language stands in its table, and every word there is read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.commands.answer import COMMANDS, command_of
from bot.messages.share import share
from bot.periods.period import Last, Period, This
from bot.queries.languages import LANGUAGE_TABLES
from bot.queries.languages.table import LanguageTable
from bot.queries.phrases import UNITS, read_period
from bot.schedules.rhythms import take_rhythm

BOT = Path(__file__).parent.parent / "bot"
TABLES_FOLDER = BOT / "queries/languages"
LETTER = re.compile(r"[\u3041-\u30fa\u3400-\u9fff]")  # Japanese or Chinese.
OTHER_CODES = {table.code for table in LANGUAGE_TABLES} - {"en"}

named = pytest.mark.parametrize("table", LANGUAGE_TABLES, ids=lambda table: table.code)


def strings(source: str) -> Iterator[str]:
    """The strings of a module, without those that explain it."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def foreign(source: str) -> list[str]:
    """What a module says in another language than English, or of it."""
    return [text for text in strings(source) if LETTER.search(text) or text in OTHER_CODES]


def test_the_words_of_a_language_stand_in_its_table_alone() -> None:
    modules = [path for path in BOT.rglob("*.py") if TABLES_FOLDER not in path.parents]
    assert {path.name: found for path in modules if (found := foreign(path.read_text("utf-8")))} == {}


def test_no_template_names_a_language() -> None:
    quoted = re.compile(rf"[\"'](?:{'|'.join(OTHER_CODES)})[\"']")
    words = {path.name: path.read_text("utf-8") for path in share("templates").rglob("*.j2")}
    assert [name for name, text in words.items() if LETTER.search(text) or quoted.search(text)] == []


def test_words_and_codes_of_other_languages_are_found_and_explanations_are_not() -> None:
    assert foreign('"""毎日"""\nx = "今日"\ny = f"{x}朝"\nz = {"ja"}\n"ja"\nd = "daily"\n') == ["今日", "朝", "ja"]


def past(table: LanguageTable) -> str:
    return table.periods.past.partition("|")[0]


def periods_of(table: LanguageTable) -> Iterator[tuple[str, Period]]:
    words = table.periods
    for unit in UNITS:
        yield from ((word, This(unit)) for word in words.this.get(unit, ()))
        yield from ((word, Last(1, unit)) for word in words.last.get(unit, ()))
        yield from ((f"{past(table)} 3 {word}", Last(3, unit)) for word in words.units[unit])


@named
def test_every_word_for_a_period_is_read(table: LanguageTable) -> None:
    assert [phrase for phrase, period in periods_of(table) if read_period(phrase) != period] == []


@named
def test_every_day_of_the_week_and_every_name_of_a_time_is_read(table: LanguageTable) -> None:
    for number, spellings in enumerate(table.weekdays):
        for spelling in spellings:
            rhythm, rest = take_rhythm(["weekly", spelling])
            assert (rhythm and rhythm.days, rest) == ({number}, []), spelling
    for spelling, at in table.rhythms.times.items():
        rhythm, rest = take_rhythm(["daily", spelling])
        assert (rhythm and rhythm.clock, rest) == (at, []), spelling


@named
def test_a_number_as_a_word_is_read(table: LanguageTable) -> None:
    for word, number in table.numbers.items():
        assert read_period(f"{past(table)} {word} {table.periods.units['day'][0]}") == Last(number, "day")


@named
def test_the_help_comes_in_the_words_of_each_language(table: LanguageTable) -> None:
    assert all(command_of(word)[0] is COMMANDS["help"] for word in table.help_words)
