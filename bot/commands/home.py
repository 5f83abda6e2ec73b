"""The content of the bot's Home."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.commands.digest_page import DigestRow, last_of, last_problem, row_of, stored
from bot.commands.ports import Services
from bot.messages.page import Page
from bot.queries.request import Preferences, Request
from bot.queries.zones import zone
from bot.schedules.delivery import BY_HAND, DeliveryCounts, Digest

MOST_DIGESTS = 8  # Digests; Slack has room for more, a reader has not.
LOOKED_BACK = timedelta(days=7)


async def home(request: Request, services: Services) -> Page:
    """Home as it is now for its reader. Raises Problem."""
    user, tz = request.user or "", zone(request.tz or services.tz)
    asked = await services.questions.last(user) if services.questions else []
    digests = in_order(await stored(services).all(), user)
    data = {
        "asked": asked,
        "newcomer": not asked and not digests,
        "rows": [await _row(digest, request.at, services) for digest in digests[:MOST_DIGESTS]],
        "more": max(len(digests) - MOST_DIGESTS, 0),
        "chosen": await services.people.chosen(user) if services.people else Preferences(),
        "tz": tz,
        "now": request.at.astimezone(tz),
        "lang": services.lang_of(request),
        "tally": await _tally(digests, user, request.at, services),
    }
    return Page("slack/home", services.lang_of(request), data)


def in_order(digests: Sequence[Digest], user: str) -> list[Digest]:
    """A reader's own digests, then those of the channels that theirs come to, then the others; broken ones first.

    Slack tells no bot which channels a user is in.
    """
    channels = {digest.channel for digest in digests if digest.steward == user}

    def place(digest: Digest) -> tuple[bool, bool, bool, int]:
        sound = digest.paused in {None, BY_HAND}
        return digest.steward != user, digest.channel not in channels, sound, digest.id

    return sorted(digests, key=place)


async def _row(digest: Digest, at: datetime, services: Services) -> DigestRow:
    """A digest in a list; the problem of one that is to come may be that of its last delivery, too."""
    last = await last_of(digest, services)
    row = row_of(digest, last, at, services)
    return row if digest.paused else replace(row, problem=row.problem or last_problem(last))


async def _tally(digests: Sequence[Digest], user: str, at: datetime, services: Services) -> DeliveryCounts | None:
    """How the deliveries of the whole workspace go, for the stewards of any digest: Slack's admins are unknown here."""
    if not any(digest.steward == user for digest in digests):
        return None
    return await stored(services).tally(at - LOOKED_BACK)
