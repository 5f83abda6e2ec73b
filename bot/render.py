"""A page in a language, as a Slack message."""

import html
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache, partial
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.labels import shorten, shorten_all
from bot.locales import Language, amount_digits, language
from bot.message import Message
from bot.metrics import Metric
from bot.page import Page
from bot.report import Figure
from bot.share import share
from bot.spelling import quote

# Marks around styled words, on their way from a template to a block. Foreign text is stripped of them.
CODE, BOLD, END = "\x0e", "\x0f", "\x10"
STYLED = re.compile(f"([{CODE}{BOLD}])([^{END}]*){END}")
MARKS = dict.fromkeys(map(ord, (CODE, BOLD, END)))
BLANK = re.compile(r"\s*")
COUNTED = {"sessions", "shipped"}
LONGEST_NAME = 60  # With the figures after it, it still fits a header of 150 characters.


def render(page: Page) -> Message:
    """The message of a page, with every limit of Slack's checked."""
    words, *blocks = _printed(page)
    return Message(words, tuple(blocks))


def text(page: Page) -> str:
    """The words of a page for a terminal, where they may be longer than Slack takes them."""
    words: str = next(_printed(page))
    return words


def say(macro: str, value: object, lang: str) -> str:
    """What one macro of `_words.j2` says of a value, as plain text."""
    return _plain(getattr(_environment(lang).get_template("_words.j2").module, macro)(value))


def _printed(page: Page) -> Iterator[Any]:
    """The JSON documents that a page's template prints one after the other: its text, then its blocks."""
    printed = _environment(page.lang).get_template(f"{page.template}.j2").render(page.data)
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
    environment.install_gettext_translations(chosen.translations, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "plain": _plain,
        "mrkdwn": _mrkdwn,
        "elements": _elements,
        "items": lambda text: _lines(text).split("\n"),
        "mark": lambda words, style: Markup("{}{}{}").format(CODE if style == "code" else BOLD, _clean(words), END),
        "kind": lambda value: type(value).__name__.casefold(),
        "name": lambda name: shorten(name, LONGEST_NAME),
        "names": shorten_all,
        "quote": quote,
        "quoted": lambda text: json.dumps(text, ensure_ascii=False),  # Which is how TOML writes a string, too.
        **_formats(chosen),
    }
    return environment


def _formats(chosen: Language) -> dict[str, Any]:
    return {
        "number": chosen.number,
        "listed": chosen.list,
        "shown": partial(_shown, chosen),
        "moved": partial(_moved, chosen),
        "dates": chosen.dates,
        "short_dates": chosen.short_dates,
        "days": chosen.days,
        "day": chosen.day,
        "month": chosen.month,
        "moment": chosen.moment,
        "city": chosen.city,
        "offset": chosen.offset,
    }


def _shown(language: Language, value: Fraction | None, metric: Metric) -> str:
    """A figure's value as it is told: a rate in percent, a count in whole numbers, an amount as one says ACUs."""
    if value is None:
        return "–"
    if metric.kind == "rate":
        return language.percent(value)
    if metric.currency:
        return language.money(value, metric.currency)
    return language.number(value) if metric.name in COUNTED else language.amount(value)


def _moved(language: Language, figure: Figure) -> str:
    """How a figure moved, with its sign: `+22 (+14%)`, or the points of a rate; empty where that rounds to nothing."""
    if figure.metric.kind == "rate":
        return language.signed(figure.change * 100, 1)
    if figure.metric.currency:
        sign = "+" if figure.change > 0 else ""
        amount = f"{sign}{language.money(figure.change, figure.metric.currency)}" if figure.change else ""
    else:
        amount = language.signed(figure.change, 0 if figure.metric.name in COUNTED else amount_digits(figure.change))
    percent = language.signed_percent(figure.relative_change) if figure.previous and amount else ""
    return f"{amount} ({percent})" if percent else amount


def _clean(value: Any) -> Any:
    """What a template prints of a value: text from outside without our marks, numbers as they are."""
    return value.translate(MARKS) if isinstance(value, str) and not isinstance(value, Markup) else value


def _lines(text: Markup) -> Markup:
    return Markup("\n").join(line.strip(" ") for line in text.splitlines() if line.strip())


def _plain(text: Markup) -> str:
    """Escaped words as plain text: lines without their indent, styled words in quotation marks or bare."""
    quoted = STYLED.sub(lambda found: f"“{found[2]}”" if found[1] == CODE else found[2], _lines(text))
    return _unescaped(quoted)


def _mrkdwn(text: Markup) -> str:
    """Escaped words as Slack's mrkdwn, where only `&`, `<` and `>` stay escaped."""
    styled = STYLED.sub(lambda found: f"`{found[2]}`" if found[1] == CODE else f"*{found[2]}*", _lines(text))
    return styled.replace("&#39;", "'").replace("&#34;", '"')


def _elements(text: Markup, heading: bool = False) -> list[dict[str, Any]]:
    """Escaped words as the elements of a rich text section; those of a heading are bold throughout."""
    parts = STYLED.split(_lines(text))  # words, style, styled words, words, style, …
    elements: list[dict[str, Any]] = []
    for position, part in enumerate(parts):
        style = {"bold": True} if heading else {}
        if position % 3 == 2:
            style["code" if parts[position - 1] == CODE else "bold"] = True
        if position % 3 != 1 and part:
            elements.append({"type": "text", "text": _unescaped(part)} | ({"style": style} if style else {}))
    return elements


def _unescaped(text: str) -> str:
    return html.unescape(text)
