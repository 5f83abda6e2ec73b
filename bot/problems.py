"""The one error that a reader can act on."""

# Devin does not answer now, and may in a minute.
PASSING = frozenset(
    {
        "devin-busy",
        "devin-down",
        "devin-slow",
        "devin-unreachable",
        "devin-broke-off",
        "devin-garbled",
        "devin-odd-answer",
        "profile-not-read",
    }
)


class Problem(Exception):
    """Something the reader can put right, as a key and the values that its words need.

    The words stand in `templates/problems/`, one macro per key; code that raises a Problem holds no prose.
    """

    def __init__(self, key: str, /, **data: object) -> None:
        super().__init__(key)
        self.key = key
        self.data = data

    @property
    def passing(self) -> bool:
        """Whether the same may go well in a minute."""
        return self.key in PASSING

    def __str__(self) -> str:
        return f"{self.key} {self.data}" if self.data else self.key
