"""Numbers and dates as each language writes them."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from babel import Locale

from bot.messages.locales import Language, amount_digits, language
from bot.periods.period import resolve
from bot.periods.window import Span
from bot.queries.languages import CODES, LOCALES
from bot.queries.phrases import read_period
from bot.queries.zones import zone

ENGLISH = language("en")
AT = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)


def speaking(code: str) -> Language:
    """A language by its formats alone, before it has a catalogue."""
    return replace(ENGLISH, code=code, locale=Locale.parse(LOCALES[code]))


def span(text: str, tz: str = "America/New_York") -> Span:
    period = read_period(text)
    assert period
    return resolve(period, AT, zone(tz))


@pytest.mark.parametrize(
    ("value", "digits", "printed"),
    [
        (Fraction(1178), 0, "1,178"),
        (Fraction(-4), 0, "−4"),
        (Fraction(25, 10), 0, "3"),
        (Fraction(-25, 10), 0, "−3"),
        (Fraction(1294, 100), 1, "12.9"),
        (Fraction(1295, 100), 1, "13.0"),
        (Fraction(1, 3), 1, "0.3"),
        (Fraction(0), 0, "0"),
    ],
)
def test_numbers_are_rounded_once_from_the_exact_value(value: Fraction, digits: int, printed: str) -> None:
    assert ENGLISH.number(value, digits) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [(Fraction(0), "0"), (Fraction(129, 10), "12.9"), (Fraction(9994, 100), "99.9"), (Fraction(117760, 100), "1,178")],
)
def test_amounts_have_a_place_after_the_point_below_a_hundred(value: Fraction, printed: str) -> None:
    assert ENGLISH.amount(value) == printed
    assert amount_digits(value) in {0, 1}


@pytest.mark.parametrize(
    ("change", "signed", "percent"),
    [
        (Fraction(22), "+22", "+2,200%"),
        (Fraction(-4), "−4", "−400%"),
        (Fraction(14, 100), "", "+14%"),
        (Fraction(-4, 1000), "", "−0.4%"),
        (Fraction(4, 10000), "", ""),
        (Fraction(0), "", ""),
    ],
)
def test_a_change_has_a_true_sign_and_is_empty_where_it_rounds_to_nothing(
    change: Fraction, signed: str, percent: str
) -> None:
    assert ENGLISH.signed(change) == signed
    assert ENGLISH.signed_percent(change) == percent


@pytest.mark.parametrize(
    ("hundredths", "printed"),  # Of a per cent.
    [
        (0, ""),
        (4, ""),
        (5, "+0.1%"),
        (-4, ""),
        (-5, "−0.1%"),
        (94, "+0.9%"),
        (99, "+1.0%"),
        (-99, "−1.0%"),
        (100, "+1%"),
        (-100, "−1%"),
        (149, "+1%"),
        (150, "+2%"),
        (-150, "−2%"),
        (-10_000, "−100%"),
        (99_949, "+999%"),
        (99_950, "+1,000%"),
    ],
)
def test_a_change_in_per_cent_has_a_place_after_the_point_below_one_per_cent(hundredths: int, printed: str) -> None:
    assert ENGLISH.signed_percent(Fraction(hundredths, 10_000)) == printed


@pytest.mark.parametrize(
    ("change", "digits", "printed"),
    [
        (Fraction(49, 100), 0, ""),
        (Fraction(1, 2), 0, "+1"),
        (Fraction(-1, 2), 0, "−1"),
        (Fraction(4, 100), 1, ""),
        (Fraction(5, 100), 1, "+0.1"),
        (Fraction(-5, 100), 1, "−0.1"),
    ],
)
def test_a_change_that_rounds_to_nothing_has_neither_number_nor_sign(
    change: Fraction, digits: int, printed: str
) -> None:
    assert ENGLISH.signed(change, digits) == printed


@pytest.mark.parametrize(
    ("code", "text", "printed"),
    [
        ("en", "last 7d", "Fri, Nov 13 – Thu, Nov 19, 2026"),
        ("en", "yesterday", "Thu, Nov 19, 2026"),
        ("en", "2025-12-29..2026-01-04", "Mon, Dec 29, 2025 – Sun, Jan 4, 2026"),
        ("en", "today", "Fri, Nov 20, 2026, 12:00 AM – 2:05 PM"),
        ("en", "this week", "Mon, Nov 16 – Fri, Nov 20, 2026, 2:05 PM"),
        ("en", "since 2025-12-30", "Tue, Dec 30, 2025 – Fri, Nov 20, 2026, 2:05 PM"),
        ("en", "last 24h", "Thu, Nov 19, 2:05 PM – Fri, Nov 20, 2026, 2:05 PM"),
        ("ja", "last 7d", "2026年11月13日(金)～19日(木)"),
        ("ja", "this week", "2026年11月16日(月)～11月20日(金), 14:05"),
        ("zh", "last 7d", "2026年11月13日周五至19日周四"),
    ],
)
def test_a_span_is_written_as_its_language_writes_it(code: str, text: str, printed: str) -> None:
    assert speaking(code).dates(span(text)).replace("\N{NO-BREAK SPACE}", " ") == printed


@pytest.mark.parametrize(
    ("earlier", "beside", "printed"),
    [
        ("2026-11-06..2026-11-12", "last 7d", "Nov 6 – 12"),
        ("2025-11-06..2025-11-12", "last 7d", "Nov 6 – 12, 2025"),
        ("today", "today", "Fri, Nov 20, 12:00 AM – 2:05 PM"),
    ],
)
def test_the_earlier_span_is_written_shorter(earlier: str, beside: str, printed: str) -> None:
    assert ENGLISH.short_dates(span(earlier), span(beside)).replace("\N{NO-BREAK SPACE}", " ") == printed


@pytest.mark.parametrize(
    ("tz", "text", "city", "offset"),
    [
        ("America/New_York", "last 7d", "New York", "UTC−5"),
        ("Asia/Kolkata", "last 7d", "Kolkata", "UTC+5:30"),
        ("UTC", "last 7d", "UTC", "UTC"),
        ("Europe/London", "2026-10", "London", "UTC+1/0"),
        ("America/New_York", "2026-11-01", "New York", "UTC−4/−5"),
    ],
)
def test_a_zone_is_called_after_its_city_with_each_of_its_offsets(tz: str, text: str, city: str, offset: str) -> None:
    assert ENGLISH.city(span(text, tz)) == city
    assert ENGLISH.offset(span(text, tz)) == offset


def test_cities_have_names_of_their_own_in_each_language() -> None:
    assert [speaking(code).city(span("last 7d")) for code in ("ja", "zh")] == ["ニューヨーク", "纽约"]


def test_every_language_that_can_be_asked_for_has_a_locale() -> None:
    assert LOCALES.keys() == {*CODES}


def test_a_language_without_a_catalogue_falls_back_to_english() -> None:
    assert language("ja") == language("en")


@pytest.mark.parametrize(("code", "comma", "gap"), [("en", ", ", " "), ("ja", "、", ""), ("zh", "、", "")])
def test_items_and_sentences_are_joined_as_the_language_does(code: str, comma: str, gap: str) -> None:
    assert (speaking(code).comma, speaking(code).gap) == (comma, gap)
