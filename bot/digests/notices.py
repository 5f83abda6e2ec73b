"""Tells stewards, once, what happened to their digests: a failure, an uncertain post, a pause, a handover."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.commands.ports import SlackError
from bot.digests.bugs import Bug, bugs_as_problems
from bot.digests.context import DigestContext
from bot.digests.outcome import passes
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import render
from bot.problems import Problem
from bot.schedules.delivery import Delivery, Digest
from bot.store.deliveries import find_delivery
from bot.store.digests import find_digest
from bot.store.notices import Notice, put_off, take_notice

log = structlog.get_logger(__name__)

TOLD, UNCLEAR, LATER, NEVER = "told", "unclear", "later", "never"
# Slack's errors about the bot's token, which its operator will replace.
TOKEN_CODES = {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}


@dataclass(frozen=True, slots=True)
class Notices:
    """What telling needs. `admin_channel` hears everything, where it is set."""

    context: DigestContext
    admin_channel: str | None

    async def tell(self) -> bool:
        """Tells the next notice that is due; whether there was one."""
        context = self.context
        notice = await take_notice(context.store, context.team, context.now(), context.timing.lease)
        if notice is None:
            return False
        try:
            with bugs_as_problems(notice=notice.id, digest=notice.digest):
                until = await self._tell(notice)
        except Bug:  # A notice that cannot be told must not keep the others.
            until = context.try_again(notice.at)
        await put_off(context.store, notice, until)
        return True

    async def _tell(self, notice: Notice) -> datetime | None:
        """When it has to be told again; None where it was told, or that is too late."""
        context = self.context
        async with context.store.reading() as connection:
            digest = await find_digest(connection, context.team, notice.digest)
            delivery = await find_delivery(connection, context.team, notice.delivery or "")
        again = await self._say(notice, digest, delivery) if digest else None
        late = context.now() - notice.at >= context.timing.give_up
        return None if again is None or late else context.now() + again

    async def _say(self, notice: Notice, digest: Digest, delivery: Delivery | None) -> timedelta | None:
        """How long to wait before the next try, while no reader has surely got it."""
        message, timing = _message(notice, digest, delivery), self.context.timing
        addressed = readers(notice, digest, self.admin_channel)
        found = [await self._post(reader, message, digest) for reader in addressed]
        if set(found) == {NEVER} and digest.channel not in addressed:
            found.append(await self._post(digest.channel, message, digest))  # No other reader is left.
        if TOLD in found:
            return None
        return timing.first_retry if LATER in found else timing.longest_retry if UNCLEAR in found else None

    async def _post(self, reader: str, message: Message, digest: Digest) -> str:
        try:
            await self.context.channels.post(reader, message)
        except SlackError as error:
            log.warning("notice-not-sent", digest=digest.id, reader=reader, reason=error.code)
            # A notice that may have come twice is a smaller harm than silence; so is one that waits for a new token.
            return UNCLEAR if error.unclear else LATER if passes(error) or error.code in TOKEN_CODES else NEVER
        return TOLD


def _message(notice: Notice, digest: Digest, delivery: Delivery | None) -> Message:
    """A notice; in general words where those of its problem cannot print what an earlier version has kept of it."""
    try:
        with bugs_as_problems(notice=notice.id, digest=notice.digest):
            return render(notice_page(notice, digest, delivery))
    except Bug:
        return render(notice_page(replace(notice, problem=Problem(notice.problem.key)), digest, delivery))


def readers(notice: Notice, digest: Digest, admin_channel: str | None) -> list[str]:
    """Who hears of it: the steward and the admin channel; where there is neither, the digest's own channel.

    A steward who is gone is asked after where everybody reads it.
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
