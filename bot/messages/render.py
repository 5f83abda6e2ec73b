"""A page in a language, as a Slack message or view."""

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, Literal, cast

from babel.support import NullTranslations
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.messages.alignment import aligned, fitting
from bot.messages.formats import formats
from bot.messages.labels import shorten, shorten_all
from bot.messages.locales import Language, language
from bot.messages.message import TEXT_LIMIT, Message
from bot.messages.page import Page
from bot.messages.share import share
from bot.messages.view import Home, Modal
from bot.periods.window import Span
from bot.problems import Problem
from bot.queries.spelling import quote
from bot.reports.breakdown import columns
from bot.reports.report import Report, Row
from bot.reports.trend import trend

# Marks around styled words, on their way from a template to a block. Foreign text is stripped of them. Around a channel
# is its id, around a user the id, a bar and the name.
CODE, BOLD, CHANNEL, USER, END = "\x0e", "\x0f", "\x11", "\x12", "\x10"
STYLES = {"code": CODE, "bold": BOLD, "channel": CHANNEL, "user": USER}
STYLED = re.compile(f"([{''.join(STYLES.values())}])([^{END}]*){END}")
CELL = Markup("\x13")  # Around each number of a line that stands in columns where it can.
# Nor does foreign text turn the direction of the words and numbers that follow it.
TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
MARKS = dict.fromkeys(map(ord, (*STYLES.values(), END, CELL, *TURNS)))
BLANK = re.compile(r"\s*")
LONGEST_NAME = 60  # With the figures after it, it still fits a header of 150 characters.
# The files of `templates/problems/` that explain Problems, a macro a key.
PROBLEM_SUBJECTS = (
    *("question", "periods", "rules", "names", "commands", "devin", "settings", "slack"),
    *("database", "digests", "channels", "forms", "playground", "bug"),
)
LONGEST_RUN = 3000  # Of an element in rich text: nowhere documented, and what other texts may have.
LEFT_OUT = 100  # Room for a line that says how many others are left out.


def render(page: Page) -> Message:
    """The message of a page, with every limit of Slack's checked."""
    words, *blocks = _printed(page)
    return Message(words, tuple(blocks))


def render_modal(page: Page, callback_id: str, private_metadata: str = "") -> Modal:
    """The form of a page, with every limit of Slack's checked. Its template prints `modal` first, then the blocks."""
    words, *blocks = _printed(page)
    return Modal(callback_id=callback_id, private_metadata=private_metadata, blocks=tuple(blocks), **words)


def render_home(page: Page) -> Home:
    """The Home of a page, with every limit of Slack's checked. Its template prints nothing but blocks."""
    return Home(tuple(_printed(page)))


def text(page: Page) -> str:
    """The words of a page for a terminal, where they may be longer than Slack takes them."""
    words: str = next(_printed(page, wide=True))
    return words


def say(template: str, macro: str, value: object, lang: str) -> str:
    """What a macro of a template, such as `report/_figures`, says of a value: as plain text."""
    return _plain(getattr(_environment(lang).get_template(f"{template}.j2").module, macro)(value))


def row_names(report: Report, lang: str) -> list[str]:
    """What a reader calls each row of a report."""
    return _row_names(_environment(lang), report.rows, report)


def _printed(page: Page, wide: bool = False) -> Iterator[Any]:
    """The JSON documents that a page's template prints one after the other: its text, then its blocks."""
    printed = _environment(page.lang).get_template(f"{page.template}.j2").render(page.data, wide=wide)
    decode, position = json.JSONDecoder().raw_decode, 0
    while (position := _skip_blank(printed, position)) < len(printed):
        document, position = decode(printed, position)
        yield document


def _skip_blank(text: str, position: int) -> int:
    blank = BLANK.match(text, position)
    return blank.end() if blank else position


@cache
def _environment(lang: str) -> Environment:
    """Jinja as the templates need it: escaping on, words through gettext, one language's formats as filters."""
    chosen = language(lang)
    environment = Environment(
        loader=FileSystemLoader(share("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.globals |= _gettext(chosen.translations) | {"CELL": CELL, "BOLD": escape(BOLD), "END": escape(END)}
    environment.filters |= {
        "plain": _plain,
        "mrkdwn": _mrkdwn,
        "elements": _elements,
        "items": lambda text: _lines(text).split("\n"),
        "mark": _mark,
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
    return _lines(_macro_of(problem.key, environment)(problem.data)).split("\n")


class _NotKeptError(Exception):
    """The words of a Problem need a value that was not stored with it."""


class _KeptData(dict[str, object]):
    """What was stored of a Problem. Jinja would take a KeyError for an undefined value, and filters trip over those."""

    def __missing__(self, name: str) -> object:
        raise _NotKeptError(name)


def _explained_if_kept(environment: Environment, problem: Problem) -> list[Markup]:
    """The same for a Problem from the database: no line where an older version stored too little of it, or its key."""
    try:
        return _lines(_macro_of(problem.key, environment)(_KeptData(problem.data))).split("\n")
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
    return (_mark(shorten(str(word), LONGEST_NAME), "code") for word in words)


def _joined(separator: str, items: Iterable[object]) -> Markup:
    """The items that are not empty, with what the language has between them."""
    return escape(separator).join(_clean(item) for item in items if item)


def _listed(language: Language, items: Iterable[object], style: Literal["standard", "or"] = "standard") -> Markup:
    """The items as the language lists them, with its "and" or "or"."""
    return Markup(language.list([escape(_clean(item)) for item in items], style))  # noqa: S704 (they are escaped)


def _mark(words: str, style: str) -> Markup:
    return Markup("{}{}{}").format(STYLES[style], _clean(words), END)


def _row_names(
    environment: Environment, rows: Sequence[Row], report: Report, how: str = "row_name", limit: int = LONGEST_NAME
) -> list[str]:
    """What a macro of `report/_rows.j2` calls each row, all within the limit and no two alike."""
    macro = getattr(environment.get_template("report/_rows.j2").module, how)
    return shorten_all([_plain(macro(row, report)).replace("\n", " ") or "–" for row in rows], limit)


def _laid_out(lines: list[str], beside: Markup, wide: bool) -> list[str]:
    """Lines of cells as plain text: aligned in a terminal, in a message as many as its text has room for."""
    told = [_unescaped(line).split(CELL) for line in lines]
    if wide:
        return aligned(told)
    return fitting(["".join(cells) for cells in told], TEXT_LIMIT - LEFT_OUT - len(_plain(beside)))


def _clean(value: Any) -> Any:
    """What a template prints of a value: text from outside without our marks and without turns, numbers as they are."""
    return value.translate(MARKS) if isinstance(value, str) and not isinstance(value, Markup) else value


def _gettext(translations: NullTranslations) -> dict[str, Callable[..., Markup]]:
    """Jinja's new style of gettext, but that values in a message are cleaned like those that are printed alone."""

    def gettext(message: str, /, **values: Any) -> Markup:
        return filled(translations.gettext(message), values)

    def ngettext(one: str, many: str, n: int, /, **values: Any) -> Markup:
        return filled(translations.ngettext(one, many, n), values)

    def filled(message: str, values: Mapping[str, Any]) -> Markup:
        escaped = {name: escape(_clean(value)) for name, value in values.items()}
        return Markup(message % escaped)  # noqa: S704 (what a catalog says is ours)

    return {"gettext": gettext, "ngettext": ngettext}


def _lines(text: Markup) -> Markup:
    return Markup("\n").join(line.strip(" ") for line in text.splitlines() if line.strip())


def _plain(text: Markup) -> str:
    """Escaped words as plain text: lines without their indent, styled words in quotation marks or bare."""
    return _unescaped(_styled(text, {CODE: "“{}”", BOLD: "{}", CHANNEL: "<#{}>", USER: "{}"}))


def _mrkdwn(text: Markup) -> str:
    """Escaped words as Slack's mrkdwn, where only `&`, `<` and `>` stay escaped."""
    styled = _styled(text, {CODE: "`{}`", BOLD: "*{}*", CHANNEL: "<#{}>", USER: "{}"})
    return styled.replace("&#39;", "'").replace("&#34;", '"')


def _styled(text: Markup, styles: dict[str, str]) -> str:
    """Lines whose marked words are written as their style says. A user is named, not mentioned, which would notify."""

    def written(found: re.Match[str]) -> str:
        return styles[found[1]].format(found[2].partition("|")[2] if found[1] == USER else found[2])

    return STYLED.sub(written, _lines(text))


def _elements(text: Markup, heading: bool = False) -> list[dict[str, Any]]:
    """Escaped words as the elements of a rich text section; those of a heading are bold throughout."""
    parts = STYLED.split(_lines(text))  # words, style, styled words, words, style, …
    elements: list[dict[str, Any]] = []
    for position, part in enumerate(parts):
        mark = parts[position - 1] if position % 3 == 2 else ""
        style = {"bold": True} if heading or mark == BOLD else {}
        if position % 3 != 1 and part:
            style |= {"code": True} if mark == CODE else {}
            elements += [one | ({"style": style} if style else {}) for one in _runs(_element(part, mark))]
    return elements


def _runs(element: dict[str, Any]) -> list[dict[str, Any]]:
    """An element, or several that read as one where its text is too long."""
    words = element.get("text", "")
    if len(words) <= LONGEST_RUN:
        return [element]
    return [{**element, "text": words[at : at + LONGEST_RUN]} for at in range(0, len(words), LONGEST_RUN)]


def _element(part: str, mark: str) -> dict[str, Any]:
    if mark == CHANNEL:
        return {"type": "channel", "channel_id": _unescaped(part)}
    if mark == USER:
        return {"type": "user", "user_id": _unescaped(part.partition("|")[0])}
    return {"type": "text", "text": _unescaped(part)}


def _unescaped(text: str) -> str:
    return html.unescape(text)
