"""The patterns of a rhythm, made of the words of every language."""

import re
from collections.abc import Mapping

from bot.queries.languages import LANGUAGE_TABLES
from bot.queries.languages.table import Starter, any_of, either
from bot.queries.phrases import UNTIL

WORDS_OF = [table.rhythms for table in LANGUAGE_TABLES]
DAYS = {word: day for table in LANGUAGE_TABLES for day, spellings in enumerate(table.weekdays) for word in spellings}
TIMES = {word: at for words in WORDS_OF for word, at in words.times.items()}
ALONE = {word for words in WORDS_OF for word in words.alone}
SPELLED = [word for words in WORDS_OF for word in words.spelled]
MORNING, AFTERNOON = either(words.morning for words in WORDS_OF), either(words.afternoon for words in WORDS_OF)
HOUR, MINUTE = either(words.hour for words in WORDS_OF), either(words.minute for words in WORDS_OF)
HALF = either(words.half for words in WORDS_OF)
FIRST_OF_MONTH = either(words.first_day for words in WORDS_OF)
LAST_OF_MONTH = either(words.last_day for words in WORDS_OF)
BEFORE_NUMBER = either(words.before_number for words in WORDS_OF)
AFTER_NUMBER = either(words.after_number for words in WORDS_OF)
START, BETWEEN = either(words.start for words in WORDS_OF), either(words.between for words in WORDS_OF)
BETWEEN_DAYS = either(words.between_days for words in WORDS_OF)
ON = f"(?:(?:{either(words.before_day for words in WORDS_OF)}) )?"
AT = f"(?:(?:{any_of(word for words in WORDS_OF for word in words.before_time)}) )?"
# A pattern looks behind by a fixed length only, so each word has its own.
AFTER_AT = "|".join(f"(?<={word} )" for words in WORDS_OF for word in words.before_time)
NOT_SINCE = "".join(f"(?<!{word} )" for table in LANGUAGE_TABLES for word in table.periods.since)

SEPARATOR = r"[\s,;./&・]*"
# A word of ASCII ends where no other follows; Japanese and Chinese are written without spaces.
WORD_START, WORD_END = r"(?<![^\s,;])", r"(?:(?<=[^!-~])|(?![a-z0-9_:=#*@'\"-]|\.[\w.]))"
DAY = f"(?:{any_of(DAYS)})s?"
LONG_DAY = f"(?:{any_of(day for day in DAYS if len(day) > 1)})s?"
STARTERS: tuple[Starter, ...] = ("daily", "weekdays", "monthly", "every", "refused", "weekly")  # The first that fits.
PARTS = {
    "clock": (
        rf"{any_of(TIMES)}|(?:{AFTERNOON}|{MORNING})?\d{{1,4}}"
        rf"(?::\d[\d:]*|h\d+|(?:{HOUR})(?:{HALF}|\d+(?:{MINUTE})?)?)(?: ?[ap]\.?m\.?)?"
        r"|\d{1,4} ?[ap]\.?m\.?|[01]\d{3}"
        rf"|(?:{AFTER_AT})\d{{1,4}}h?"  # 17h alone is a period, the 17 hours before now.
    ),
    "day": rf"(?:(?:{BEFORE_NUMBER}) )?\d{{1,6}}(?:{AFTER_NUMBER})?|{FIRST_OF_MONTH}|{LAST_OF_MONTH}",
    "days": rf"{DAY}(?: ?(?:-|~|{UNTIL}) ?{DAY})?",
    "first": rf"(?:{START}) [^\s,;\0]+",
    "between": BETWEEN,
}


def _starter(name: Starter) -> str:
    pattern = either(words.starters[name] for words in WORDS_OF if name in words.starters)
    return pattern.replace("<day>", DAY + WORD_END).replace("<long day>", LONG_DAY)


def _named_groups(patterns: Mapping[str, str]) -> str:
    return "|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items())


STARTER = re.compile(f"{WORD_START}(?:{_named_groups({name: _starter(name) for name in STARTERS})}){WORD_END}")
PART = re.compile(f"{SEPARATOR}(?:{_named_groups(PARTS)}){WORD_END}")
NEXT_WORD = re.compile(rf"{SEPARATOR}([^\W\d_]+){WORD_END}")
DAY_OF_MONTH = re.compile(rf"\d+|{FIRST_OF_MONTH}|{LAST_OF_MONTH}")
CLOCK = re.compile(f"{WORD_START}(?:{PARTS['clock']}){WORD_END}")
# `friday 16:00` says as much as `weekly friday 16:00`; `since friday` is a period.
BARE = re.compile(
    f"{WORD_START}{NOT_SINCE}{ON}(?=(?:{LONG_DAY}{SEPARATOR}(?:{BETWEEN_DAYS})?)+{AT}(?:{PARTS['clock']}){WORD_END})",
    re.ASCII,
)
# Where there is a rule already, its days or its time alone say what becomes of it.
LONE_DAY = re.compile(f"{WORD_START}{NOT_SINCE}{ON}(?={LONG_DAY}{WORD_END})")
LONE_CLOCK = re.compile(f"{WORD_START}{AT}(?=(?:{PARTS['clock']}){WORD_END})")
CRON = re.compile(rf"{WORD_START}(?=[^a-z]*\*)(?:[\d*/,-]+ ){{4}}[\w*/,-]+")
