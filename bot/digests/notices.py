"""Sends stewards each notice about their digests once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.commands.ports import SlackError
from bot.digests.bugs import Bug, bugs_as_problems
from bot.digests.context import DigestContext
from bot.digests.outcome import is_retryable
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import render
from bot.problems import Problem
from bot.queries.request import Names
from bot.schedules.delivery import Delivery, Digest
from bot.store.deliveries import find_delivery
from bot.store.digests import find_digest
from bot.store.notices import Notice, claim_notice, reschedule_notice

log = structlog.get_logger(__name__)

POSTED, UNCLEAR, RETRY, REFUSED_FOR_GOOD = "posted", "unclear", "retry", "refused-for-good"
# Slack's errors about the bot's token, which its operator will replace.
TOKEN_CODES = {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}


@dataclass(frozen=True, slots=True)
class NoticeSender:
    """Sends the notices of an installation from the queue. `admin_channel`, where it is set, gets every notice."""

    context: DigestContext
    admin_channel: str | None

    async def send_next(self) -> bool:
        """Sends the next notice that is due. Whether there was one."""
        context = self.context
        teams = await context.installation.all()
        notice = await claim_notice(context.store, teams, context.now(), context.timing.lease)
        if notice is None:
            return False
        try:
            with bugs_as_problems(notice=notice.id, digest=notice.digest, team=notice.team):
                until = await self._send(notice)
        except Bug:  # A notice that cannot be sent must not block the others.
            until = context.next_try(notice.at)
        await reschedule_notice(context.store, notice, until)
        return True

    async def _send(self, notice: Notice) -> datetime | None:
        """When the notice is to be sent again; None where it was sent, or where it is too late."""
        context = self.context
        async with context.store.reading() as connection:
            digest = await find_digest(connection, notice.team, notice.digest)
            delivery = await find_delivery(connection, notice.team, notice.delivery or "")
        again = await self._post_to_readers(notice, digest, delivery) if digest else None
        late = context.now() - notice.at >= context.timing.give_up
        return None if again is None or late else context.now() + again

    async def _post_to_readers(self, notice: Notice, digest: Digest, delivery: Delivery | None) -> timedelta | None:
        """Posts a notice to its readers. The wait before the next try; None where a reader has it, or no try helps."""
        names, timing = await self.context.channels.names(notice.team), self.context.timing
        message = _notice_message(notice, digest, delivery, names)
        addressed = readers(notice, digest, self.admin_channel)
        found = [await self._post(reader, message, digest) for reader in addressed]
        if set(found) == {REFUSED_FOR_GOOD} and digest.channel not in addressed:
            found.append(await self._post(digest.channel, message, digest))  # No other reader is left.
        if POSTED in found:
            return None
        return timing.first_retry if RETRY in found else timing.longest_retry if UNCLEAR in found else None

    async def _post(self, reader: str, message: Message, digest: Digest) -> str:
        try:
            await self.context.channels.post(reader, message)
        except SlackError as error:
            log.warning("notice-not-sent", digest=digest.id, reader=reader, reason=error.code)
            # A notice that may have come twice is a smaller harm than silence; so is one that waits for a new token.
            if error.unclear:
                return UNCLEAR
            return RETRY if is_retryable(error) or error.code in TOKEN_CODES else REFUSED_FOR_GOOD
        return POSTED


def _notice_message(notice: Notice, digest: Digest, delivery: Delivery | None, names: Names) -> Message:
    """A notice as a message; a general one where its problem, stored by an earlier version, cannot be rendered."""
    try:
        with bugs_as_problems(notice=notice.id, digest=notice.digest):
            return render(notice_page(notice, digest, delivery), names)
    except Bug:
        general = replace(notice, problem=Problem(notice.problem.key))
        return render(notice_page(general, digest, delivery), names)


def readers(notice: Notice, digest: Digest, admin_channel: str | None) -> list[str]:
    """The user and channel ids that get a notice: the steward and the admin channel, else the digest's own channel.

    Of a steward whose account is gone, the digest's channel is told.
    """
    if notice.kind == "handover":
        return [reader for reader in (digest.channel, admin_channel) if reader]
    return [reader for reader in (digest.steward, admin_channel) if reader] or [digest.channel]


def notice_page(notice: Notice, digest: Digest, delivery: Delivery | None) -> Page:
    """A notice in the digest's language."""
    if notice.kind == "handover":
        return Page("digest/handover", digest.lang, {"digest": digest})
    data = {"kind": notice.kind, "digest": digest, "delivery": delivery, "problem": notice.problem}
    return Page("digest/notice", digest.lang, data)
