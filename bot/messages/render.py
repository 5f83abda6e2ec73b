"""A page in a language, as a Slack message or view."""

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from types import CodeType
from typing import Any, Literal, cast

from babel.support import NullTranslations
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from bot.messages.alignment import aligned, fitting
from bot.messages.formats import formats
from bot.messages.labels import shorten, shorten_all
from bot.messages.locales import Language, language
from bot.messages.message import TEXT_LIMIT, Message
from bot.messages.page import Page
from bot.messages.share import share
from bot.messages.styles import BOLD, CELL, END, clean, lines, mark, mrkdwn, plain, rich_text_elements
from bot.messages.view import Home, Modal
from bot.periods.window import Span
from bot.problems import Problem
from bot.queries.request import AS_INSTALLED, Names
from bot.queries.spelling import quote
from bot.reports.breakdown import columns
from bot.reports.report import Report, Row
from bot.reports.trend import trend

BLANK = re.compile(r"\s*")
LONGEST_NAME = 60  # With the figures after it, it still fits a header of 150 characters.
# The files of `templates/problems/` that explain Problems, a macro a key.
PROBLEM_SUBJECTS = (
    *("question", "periods", "rules", "names", "commands", "devin", "settings", "slack", "database", "digests"),
    *("channels", "access", "forms", "playground", "bug"),
)
LEFT_OUT = 100  # Room for a line that says how many others are left out.
MOST_ENVIRONMENTS = 60  # Languages times names that workspaces have; another one costs some milliseconds.


def render(page: Page, names: Names = AS_INSTALLED) -> Message:
    """The message of a page, with every limit of Slack's checked. A terminal has no workspace, and no other names."""
    words, *blocks = _printed(page, names)
    return Message(words, tuple(blocks))


def render_modal(page: Page, names: Names, callback_id: str, private_metadata: str = "") -> Modal:
    """The form of a page, with every limit of Slack's checked. Its template prints `modal` first, then the blocks."""
    words, *blocks = _printed(page, names)
    return Modal(callback_id=callback_id, private_metadata=private_metadata, blocks=tuple(blocks), **words)


def render_home(page: Page, names: Names) -> Home:
    """The Home of a page, with every limit of Slack's checked. Its template prints nothing but blocks."""
    return Home(tuple(_printed(page, names)))


def text(page: Page, names: Names = AS_INSTALLED) -> str:
    """The words of a page for a terminal, where they may be longer than Slack takes them."""
    words: str = next(_printed(page, names, wide=True))
    return words


def say(template: str, macro: str, value: object, lang: str) -> str:
    """What a macro of a template, such as `report/_figures`, says of a value: as plain text that names no command."""
    return plain(getattr(_environment(lang, AS_INSTALLED).get_template(f"{template}.j2").module, macro)(value))


def row_names(report: Report, lang: str) -> list[str]:
    """What a reader calls each row of a report."""
    return _row_names(_environment(lang, AS_INSTALLED), report.rows, report)


def _printed(page: Page, names: Names, wide: bool = False) -> Iterator[Any]:
    """The JSON documents that a page's template prints one after the other: its text, then its blocks."""
    printed = _environment(page.lang, names).get_template(f"{page.template}.j2").render(page.data, wide=wide)
    decode, position = json.JSONDecoder().raw_decode, 0
    while (position := _skip_blank(printed, position)) < len(printed):
        document, position = decode(printed, position)
        yield document


def _skip_blank(text: str, position: int) -> int:
    blank = BLANK.match(text, position)
    return blank.end() if blank else position


class _Compiled(BytecodeCache):
    """Templates that are compiled already. They are the same whatever the command is called, and take a second."""

    def __init__(self) -> None:
        self._codes: dict[str, CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = bucket.code


@cache
def _compiled(_language: Language) -> _Compiled:
    """One for each language: a filter over words that never change is applied once, when they are compiled."""
    return _Compiled()


@lru_cache(MOST_ENVIRONMENTS)
def _environment(lang: str, names: Names) -> Environment:
    """Jinja as the templates need it: escaping on, words through gettext, one language's formats as filters.

    COMMAND and BOT are what the readers' workspace calls them; macros see them, too.
    """
    chosen = language(lang)
    environment = Environment(
        loader=FileSystemLoader(share("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=clean,
        auto_reload=False,
        bytecode_cache=_compiled(chosen),
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.globals |= _gettext(chosen.translations) | {"CELL": CELL, "BOLD": escape(BOLD), "END": escape(END)}
    environment.globals |= {"COMMAND": names.command, "BOT": names.bot}
    environment.filters |= {
        "plain": plain,
        "mrkdwn": mrkdwn,
        "elements": rich_text_elements,
        "items": lambda text: lines(text).split("\n"),
        "mark": mark,
        "kind": lambda value: type(value).__name__.casefold(),
        "name": lambda name: shorten(name, LONGEST_NAME),
        "names": shorten_all,
        "shortened": shorten,
        "quote": quote,
        "quoted": lambda text: json.dumps(text, ensure_ascii=False),  # Which is how TOML writes a string, too.
        "codes": lambda words: _joined(chosen.comma, _codes(words)),
        "listed": partial(_listed, chosen),
        "joined": partial(_joined, chosen.comma),
        "sentences": partial(_joined, chosen.gap),
        "explained": partial(_explained, environment),
        "explained_if_kept": partial(_explained_if_kept, environment),
        "row_names": partial(_row_names, environment),
        "columns": columns,
        "trend": trend,
        "laid_out": _laid_out,
        "fitting": fitting,
        "span": lambda window, tz: Span(window, tz, "complete"),
        **formats(chosen),
    }
    return environment


def _explained(environment: Environment, problem: Problem) -> list[Markup]:
    """The lines that explain a Problem. Raises LookupError where there are none for its key."""
    return lines(_macro_of(problem.key, environment)(problem.data)).split("\n")


class _NotKeptError(Exception):
    """The words of a Problem need a value that was not stored with it."""


class _KeptData(dict[str, object]):
    """What was stored of a Problem. Jinja would take a KeyError for an undefined value, and filters trip over those."""

    def __missing__(self, name: str) -> object:
        raise _NotKeptError(name)


def _explained_if_kept(environment: Environment, problem: Problem) -> list[Markup]:
    """The lines that explain a stored Problem; none where an older version stored too little of it, or another key."""
    try:
        return lines(_macro_of(problem.key, environment)(_KeptData(problem.data))).split("\n")
    except (_NotKeptError, LookupError):
        return []


def _macro_of(key: str, environment: Environment) -> Callable[[Mapping[str, object]], Markup]:
    """The macro that explains the Problems of a key."""
    for subject in PROBLEM_SUBJECTS:
        module = environment.get_template(f"problems/_{subject}.j2").module
        if macro := getattr(module, key.replace("-", "_"), None):
            return cast("Callable[[Mapping[str, object]], Markup]", macro)
    raise LookupError(key)


def _codes(words: Iterable[object]) -> Iterator[Markup]:
    """Words that can be typed."""
    return (mark(shorten(str(word), LONGEST_NAME), "code") for word in words)


def _joined(separator: str, items: Iterable[object]) -> Markup:
    """The items that are not empty, with what the language has between them."""
    return escape(separator).join(clean(item) for item in items if item)


def _listed(language: Language, items: Iterable[object], style: Literal["standard", "or"] = "standard") -> Markup:
    """The items as the language lists them, with its "and" or "or"."""
    return Markup(language.list([escape(clean(item)) for item in items], style))  # noqa: S704 (they are escaped)


def _row_names(
    environment: Environment, rows: Sequence[Row], report: Report, how: str = "row_name", limit: int = LONGEST_NAME
) -> list[str]:
    """What a macro of `report/_rows.j2` calls each row, all within the limit and no two alike."""
    macro = getattr(environment.get_template("report/_rows.j2").module, how)
    return shorten_all([plain(macro(row, report)).replace("\n", " ") or "–" for row in rows], limit)


def _laid_out(lines: list[str], beside: Markup, wide: bool) -> list[str]:
    """Lines of cells as plain text: aligned in a terminal, in a message as many as its text has room for."""
    told = [html.unescape(line).split(CELL) for line in lines]
    if wide:
        return aligned(told)
    return fitting(["".join(cells) for cells in told], TEXT_LIMIT - LEFT_OUT - len(plain(beside)))


def _gettext(translations: NullTranslations) -> dict[str, Callable[..., Markup]]:
    """Jinja's new style of gettext, but that values in a message are cleaned like those that are printed alone."""

    def gettext(message: str, /, **values: Any) -> Markup:
        return filled(translations.gettext(message), values)

    def ngettext(one: str, many: str, n: int, /, **values: Any) -> Markup:
        return filled(translations.ngettext(one, many, n), values)

    def filled(message: str, values: Mapping[str, Any]) -> Markup:
        escaped = {name: escape(clean(value)) for name, value in values.items()}
        return Markup(message % escaped)  # noqa: S704 (what a catalog says is ours)

    return {"gettext": gettext, "ngettext": ngettext}
