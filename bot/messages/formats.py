"""Jinja filters that print figures, dates and zones as a language does."""

from fractions import Fraction
from functools import partial
from typing import Any

from bot.messages.locales import Language, amount_digits, rounded
from bot.queries.languages import LANGUAGES
from bot.reports.metrics import Metric
from bot.reports.report import Figure

COUNTED = {"sessions", "shipped"}


def formats(chosen: Language) -> dict[str, Any]:
    """The filters of the templates that print a value as the language does."""
    return {
        "sort_value": _sort_value,
        "number": chosen.number,
        "shown": partial(_shown, chosen),
        "moved": partial(_moved, chosen),
        "row": chosen.row,
        "tick": chosen.tick,
        "dates": chosen.dates,
        "short_dates": chosen.short_dates,
        "days": chosen.days,
        "day": chosen.day,
        "month": chosen.month,
        "moment": chosen.moment,
        "clock": chosen.clock,
        "weekdays": chosen.weekdays,
        "signed": chosen.signed,
        "percent": chosen.percent,
        "city": chosen.city,
        "offset": chosen.offset,
        "offset_at": chosen.offset_at,
        "offset_in": chosen.offset_in,
        "offset_of": chosen.offset_of,
        "language": chosen.name_of,
        "own_name": lambda code: LANGUAGES[code].name,
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


def _sort_value(figure: Figure) -> float | int:
    """The number that a cell of a table is sorted by: the one that it shows."""
    value, name = figure.value or Fraction(), figure.metric.name
    if figure.metric.kind == "rate":
        return float(rounded(value * 100, 1))
    digits = 0 if name in COUNTED else amount_digits(value)
    return float(rounded(value, digits)) if digits else int(rounded(value, digits))


def _moved(language: Language, figure: Figure, relative: bool = True) -> str:
    """How a figure moved, with its sign: `+22 (+14%)`, or the points of a rate; empty where that rounds to nothing."""
    if figure.metric.kind == "rate":
        return language.signed(figure.change * 100, 1)
    if figure.metric.currency:
        sign = "+" if figure.change > 0 else ""
        amount = f"{sign}{language.money(figure.change, figure.metric.currency)}" if figure.change else ""
    else:
        # A change has no more decimal places than the amount that it stands beside.
        digits = amount_digits(max(abs(figure.change), figure.value or Fraction()))
        amount = language.signed(figure.change, 0 if figure.metric.name in COUNTED else digits)
    percent = language.signed_percent(figure.relative_change) if relative and figure.previous and amount else ""
    return f"{amount} ({percent})" if percent else amount
