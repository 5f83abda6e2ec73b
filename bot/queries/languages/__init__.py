"""The languages that the bot speaks, each with a table of its own."""

from collections.abc import Mapping
from typing import Literal, get_args

from bot.queries.languages.en import ENGLISH
from bot.queries.languages.ja import JAPANESE
from bot.queries.languages.table import LanguageTable
from bot.queries.languages.zh import CHINESE

Code = Literal["en", "ja", "zh"]
LANGUAGE_TABLES = (ENGLISH, JAPANESE, CHINESE)

CODES: tuple[Code, ...] = get_args(Code)
LANGUAGES: Mapping[str, LanguageTable] = {table.code: table for table in LANGUAGE_TABLES}
LOCALES: Mapping[str, str] = {table.code: table.locale for table in LANGUAGE_TABLES}
