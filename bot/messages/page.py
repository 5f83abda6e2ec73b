"""An answer before it has words: which template says it, in which language, with which values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Page:
    """A template's name, a language code, and the values that the template reads.

    A `private` page is for its asker alone, even where all who can read the question get the answer.
    """

    template: str
    lang: str
    data: Mapping[str, object] = field(default_factory=dict)
    private: bool = False
