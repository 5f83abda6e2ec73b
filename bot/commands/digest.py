"""`digest …`: reports that come to a channel on a schedule."""

from collections.abc import Awaitable, Callable, Mapping

from bot.commands import digest_change, digest_look, help_
from bot.commands.digest_look import ID
from bot.commands.ports import Services
from bot.messages.page import Page
from bot.problems import Problem
from bot.queries.request import Request
from bot.queries.spelling import fold, nearest, words
from bot.schedules.rhythms import take_rhythm

RunSubcommand = Callable[[Request, str, Services], Awaitable[Page]]

SUBCOMMANDS: Mapping[str, RunSubcommand] = {
    "add": digest_change.add,
    "list": digest_look.list_,
    "show": digest_look.show,
    "preview": digest_look.preview,
    "send": digest_change.send,
    "pause": digest_change.pause,
    "resume": digest_change.resume,
    "edit": digest_change.edit,
    "move": digest_change.move,
    "steward": digest_change.steward,
    "remove": digest_change.remove,
}
READING = ("list", "show", "preview", "help")  # Those that change and send nothing.
BUTTONS: Mapping[str, RunSubcommand] = {"arrived": digest_change.arrived, "again": digest_change.again}
MEANT = {"new": "add", "create": "add", "delete": "remove", "cancel": "remove", "stop": "pause", "start": "resume"}
MEANT |= {"change": "edit", "now": "send"}


async def run(request: Request, text: str, services: Services) -> Page:
    """Whatever the first word says is done with digests; without one they are listed."""
    word, _, rest = text.partition(" ")
    name = fold(word) or "list"
    if name == "help":
        return await help_.run(request, "digest", services)
    command = SUBCOMMANDS.get(name) or BUTTONS.get(name)
    if command is None:
        raise Problem("unknown-digest-command", word=word, nearest=_meant(text), commands=tuple(SUBCOMMANDS))
    return await command(request, rest.strip(), services)


def changes(text: str) -> bool:
    """Whether a text, as after `digest`, changes or sends something."""
    return fold(text.partition(" ")[0]) not in {"", *READING}


def _meant(text: str) -> str | None:
    """The whole of what a text may have been meant for. Raises Problem for a rhythm that no digest can have."""
    word, _, rest = text.partition(" ")
    if ID.fullmatch(word):
        return f"show {word}"
    near = nearest(word, {**dict.fromkeys(SUBCOMMANDS), **MEANT})
    try:
        rhythm, _ = take_rhythm(words(text))
    except Problem:
        if near is None:
            raise
        rhythm = None
    if rhythm and (near is None or rhythm.start == 0):
        return f"add {text}"
    return f"{MEANT.get(near, near)} {rest}".strip() if near else None
