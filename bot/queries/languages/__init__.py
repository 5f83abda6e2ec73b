"""The languages that the bot speaks, each with the locale that it is written by."""

from collections.abc import Mapping
from typing import Literal, get_args

Code = Literal["en", "ja", "zh"]
CODES: tuple[Code, ...] = get_args(Code)
LOCALES: Mapping[str, str] = {"en": "en_US", "ja": "ja_JP", "zh": "zh_Hans_CN"}
