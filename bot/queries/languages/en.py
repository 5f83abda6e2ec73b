"""English, which queries and rules are printed in, too."""

from datetime import time

from bot.periods.period import WEEKDAYS
from bot.queries.languages.table import LanguageTable, PeriodWords, RhythmWords, any_of

NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
EVERY, COUNT = "(?:every|each)", rf"(?:\d{{1,6}}|other|{any_of(NUMBERS)})"
ORDINAL, OF_MONTH = r"(?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|last)", "of (?:the|each|every) month"

ENGLISH = LanguageTable(
    code="en",
    locale="en_US",
    name="English",
    spaced=True,
    year_first=False,
    weekdays=[[day[:length] for length in (3, 4, 5, len(day))] for day in WEEKDAYS],
    numbers={word: number for number, word in enumerate(NUMBERS, start=1)},
    until="to",
    periods=PeriodWords(
        units={
            "hour": ["h", "hr", "hrs", "hour", "hours"],
            "day": ["d", "day", "days"],
            "week": ["w", "wk", "wks", "week", "weeks"],
            "month": ["m", "mo", "month", "months"],
            "quarter": ["q", "quarter", "quarters"],
            "year": ["y", "yr", "year", "years"],
        },
        this={"day": ["today"], "week": ["wtd"], "month": ["mtd"], "quarter": ["qtd"], "year": ["ytd"]},
        last={"day": ["yesterday"]},
        past="last|past|previous",
        since=["since"],
    ),
    rhythms=RhythmWords(
        starters={
            "daily": rf"daily|everyday|{EVERY} day",
            "weekdays": rf"(?:on )?(?:{EVERY} )?(?:weekdays?|workdays?|business days?)",
            "weekly": rf"weekly|{EVERY} week|{EVERY}(?= \w)",
            "every": (rf"{EVERY} {COUNT}(?: ?(?:weeks?|wks?|w)|(?= <day>))|bi-?weekly|fortnightly|{EVERY} fortnight"),
            "monthly": (
                rf"monthly|{EVERY} month"
                rf"|(?:on )?(?:the )?(?:day )?(?:\d{{1,2}}(?:st|nd|rd|th)?|first|last)(?: day)? {OF_MONTH}"
            ),
            "refused": (
                rf"hourly|quarterly|yearly|annually|{EVERY} (?:{COUNT} )?(?:min|minute|hour|day|month|quarter|year)s?"
                rf"|{EVERY} {ORDINAL} <day>(?: {OF_MONTH})?|(?:on )?(?:the )?{ORDINAL} <day> {OF_MONTH}"
                rf"|(?:on |{EVERY} )?weekends?"
            ),
        },
        alone=["every", "each"],
        spelled=["daily", "weekdays", "weekly", "every", "monthly", "biweekly", "fortnightly"],
        times={"noon": time(12), "midnight": time(0)},
        before_time=["at"],
        before_number="day",
        after_number="st|nd|rd|th",
        first_day="first",
        last_day=r"last(?: day)?",
        before_day="on",
        between_days="and ",
        start="from|starting",
        between=f"on|at|the|and|{OF_MONTH}",
    ),
)
