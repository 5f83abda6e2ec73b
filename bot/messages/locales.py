"""A language: Babel's formats and a gettext catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_interval, format_skeleton, format_time, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_currency, get_decimal_symbol, get_group_symbol
from babel.support import NullTranslations, Translations

from bot.messages.share import share
from bot.periods.window import Span, Unit
from bot.queries.languages import LANGUAGES, LOCALES

MINUS = "\N{MINUS SIGN}"  # Babel prints a hyphen, which some screen readers leave out.
THIN_SPACE = "\N{THIN SPACE}"  # Around Babel's dashes; some of Slack's fonts have none.
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Language:
    """A language that the bot speaks. Numbers come as exact fractions and are rounded here, once."""

    code: str
    locale: Locale
    translations: NullTranslations

    def number(self, value: Fraction, digits: int = 0) -> str:
        """`1,178`; with digits, `12.9`."""
        return _printed_number(value, digits, "", self.locale)

    def amount(self, value: Fraction) -> str:
        """A number as one says ACUs: `1,178`, but `12.9`."""
        return self.number(value, amount_digits(value))

    def percent(self, value: Fraction, digits: int = 1) -> str:
        """`49.5%` of a fraction."""
        return _printed_number(value, digits, "%", self.locale)

    def money(self, value: Fraction, currency: str) -> str:
        """`$2,356`; below a hundred as the currency is told, such as `$23.56`."""
        whole = not amount_digits(value)
        amount = rounded(value, 0 if whole else 2)
        pattern = "¤#,##0" if whole else None
        return format_currency(amount, currency, pattern, self.locale, currency_digits=not whole).replace("-", MINUS)

    def signed(self, change: Fraction, digits: int = 0) -> str:
        """`+22`, `−4.2`; empty where it rounds to nothing."""
        return f"{'+' if change > 0 else ''}{self.number(change, digits)}" if rounded(change, digits) else ""

    def signed_percent(self, change: Fraction) -> str:
        """`+14%`, `−0.4%`; empty where it rounds to nothing."""
        digits = 0 if abs(change) >= Fraction(1, 100) else 1
        return f"{'+' if change > 0 else ''}{self.percent(change, digits)}" if rounded(change, digits + 2) else ""

    def dates(self, span: Span) -> str:
        """What a span covers, with weekdays and the year, and with times where it does not cover whole days."""
        if span.whole_days:
            return self._interval(span, "yMMMEd")
        return self._with_times(span, year=True)

    def short_dates(self, span: Span, beside: Span) -> str:
        """The same beside another span: without weekdays, and with a year only where it is another one."""
        other_year = _other_year(span, beside)
        if not span.whole_days:
            return self._with_times(span, year=other_year)
        dates = self._interval(span, "yMMMd" if other_year else "MMMd")
        return dates.replace(" ", NO_BREAK_SPACE).replace(f"–{NO_BREAK_SPACE}", "– ")  # A line may end with the dash.

    def days(self, span: Span) -> str:
        """`Oct 1 – 31, 2026`: a range as one calls it."""
        return self._interval(span, "yMMMd")

    def row(self, span: Span, unit: Unit, beside: Span) -> str:
        """A row of a report: `Fri, Nov 13`, `Nov 9 – 15`, `October 2026`; a year where it is not the report's last."""
        if unit == "month":
            return self.month(span.after)
        year = "y" if _other_year(span, beside) else ""
        return self._interval(span, f"{year}MMMd{'E' if unit == 'day' else ''}")

    def tick(self, span: Span, unit: Unit, beside: Span) -> str:
        """The same where there is little room: `Nov 13`, `Nov 9`, `Oct`."""
        year = "y" if span.first_day.year != beside.last_day.year else ""
        return format_skeleton(f"{year}MMM{'d' if unit != 'month' else ''}", span.after, locale=self.locale)

    def moment(self, at: datetime, beside: date | None = None) -> str:
        """`Fri, Nov 20, 2:05 PM`; with the year where it is not that of the day or moment beside it."""
        return self._moment(at, "yMMMEd" if beside and beside.year != at.year else "MMMEd")

    def clock(self, at: time) -> str:
        """`9:00 AM`."""
        return self._time(at)

    def weekdays(self, days: Iterable[int]) -> str:
        """`Monday and Thursday`, counted from Monday = 0."""
        names = self.locale.days["stand-alone"]["wide"]
        return self.list(names[day] for day in days)

    def day(self, day: datetime) -> str:
        """`Nov 20, 2026`."""
        return format_skeleton("yMMMd", day, locale=self.locale)

    def month(self, day: datetime) -> str:
        """`November 2026`."""
        return format_skeleton("yMMMM", day, locale=self.locale)

    def city(self, zone: Span | ZoneInfo) -> str:
        """The city that a zone, or that of a span, is called after; `UTC` for UTC."""
        tz = zone.tz if isinstance(zone, Span) else zone
        return get_timezone_location(tz, locale=self.locale, return_city=True)

    def offset(self, span: Span) -> str:
        """`UTC−5`; both where the clocks change within the span."""
        first, last = (self.offset_at(bound) for bound in (span.after, span.before))
        return first if first == last else f"{first}/{last.removeprefix('UTC') or '0'}"

    def offset_at(self, at: datetime) -> str:
        """`UTC−5`, at one moment."""
        return self.offset_of(at.utcoffset() or timedelta())

    def offset_in(self, tz: ZoneInfo) -> str:
        """`UTC−5`, in a zone that never changes its clocks."""
        return self.offset_at(datetime(2023, 1, 1, tzinfo=tz))

    def offset_of(self, offset: timedelta) -> str:
        """`UTC−5`, of a difference to UTC."""
        minutes = round(offset / timedelta(minutes=1))
        hours, rest = divmod(abs(minutes), 60)
        sign = MINUS if minutes < 0 else "+"
        return "UTC" if not minutes else f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")

    def name_of(self, code: str) -> str:
        """`Japanese`: what this language calls another one."""
        name: str = self.locale.languages[code]
        return name

    def list(self, names: Iterable[str], style: Literal["standard", "or", "unit"] = "standard") -> str:
        """`Payments, Search, and Platform`; with the style `or`, choices."""
        return format_list([*names], style=style, locale=self.locale)

    @property
    def comma(self) -> str:
        """`, ` or `、`: what stands between the items of an enumeration without an "and", by CLDR."""
        pattern: str = self.locale.list_patterns["standard"]["middle"]
        return pattern.format("", "")

    @property
    def gap(self) -> str:
        """What stands between two sentences on a line: a space, or nothing."""
        return " " if LANGUAGES[self.code].spaced else ""

    def _with_times(self, span: Span, year: bool) -> str:
        """Both bounds; a midnight at the start goes without saying. The year stands once, where the language has it."""
        if span.first_day == span.last_day:
            start, end = self._moment(span.after, "yMMMEd" if year else "MMMEd"), self._time(span.before)
        else:
            first, two_years = LANGUAGES[self.code].year_first, span.first_day.year != span.last_day.year
            year_first, year_last = year and (first or two_years), year and (not first or two_years)
            midnight = span.after.time() == time.min
            start = self._moment(span.after, "yMMMEd" if year_first else "MMMEd", with_time=not midnight)
            end = self._moment(span.before, "yMMMEd" if year_last else "MMMEd")
        pattern: str = self.locale.interval_formats[None]
        return pattern.format(start, end).replace(THIN_SPACE, " ")

    def _interval(self, span: Span, skeleton: str) -> str:
        return format_interval(span.first_day, span.last_day, skeleton, locale=self.locale).replace(THIN_SPACE, " ")

    def _moment(self, at: datetime, skeleton: str, with_time: bool = True) -> str:
        day = format_skeleton(skeleton, at, locale=self.locale)
        return f"{day}, {self._time(at)}" if with_time else day

    def _time(self, at: datetime | time) -> str:
        return format_time(at, "short", locale=self.locale).replace("\N{NARROW NO-BREAK SPACE}", NO_BREAK_SPACE)


def _other_year(span: Span, beside: Span) -> bool:
    return not span.first_day.year == span.last_day.year == beside.last_day.year


@cache
def language(code: str) -> Language:
    """The language of that code, or English where this version has no catalogue for it."""
    locale = Locale.parse(LOCALES[code])
    translations = Translations.load(str(share("templates") / "locales"), [locale])
    if code != "en" and not isinstance(translations, Translations):
        return language("en")
    return Language(code, locale, translations)


@lru_cache(maxsize=4096)
def _printed_number(value: Fraction, digits: int, unit: str, locale: Locale) -> str:
    """A number with grouped thousands. Kept, since one report prints most of its numbers three times."""
    scaled = value * 100 if unit == "%" else value
    return f"{rounded(scaled, digits):,.{digits}f}{unit}".translate(_symbols(locale))


@cache
def _symbols(locale: Locale) -> dict[int, str]:
    """What Python's separators are in a language. Babel's own formatting takes five times as long."""
    return str.maketrans({",": get_group_symbol(locale), ".": get_decimal_symbol(locale), "-": MINUS})


def amount_digits(value: Fraction) -> int:
    """How many decimal places an amount such as ACUs is told with."""
    return 0 if abs(value) >= 100 or not value else 1


def rounded(value: Fraction, digits: int) -> Decimal:
    """A fraction as it is printed, exact to the last place: it is scaled to an integer before anything is rounded."""
    if value.denominator == 1:
        return Decimal(value.numerator)
    whole, rest = divmod(abs(value.numerator) * 10**digits, value.denominator)
    whole += 2 * rest >= value.denominator
    return Decimal(-whole if value < 0 else whole).scaleb(-digits)
