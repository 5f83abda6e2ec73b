"""The `digest` commands that change or send something."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.commands.digest_channel import check_channel, name_of, say_hello, steward_name
from bot.commands.digest_look import leading_digest, only_digest
from bot.commands.digest_page import digest_data, digest_page, sends_of, stored
from bot.commands.digest_text import (
    LONGEST_QUERY,
    ParsedDigest,
    channel_alone,
    check_length,
    edited,
    person,
    read_digest,
)
from bot.commands.ports import Services
from bot.messages.page import Page
from bot.periods.window import day_start
from bot.problems import Problem
from bot.queries.request import Request
from bot.queries.zones import zone
from bot.schedules.delivery import BY_HAND, Delivery, Digest
from bot.schedules.schedule import DEFAULT_RULE

RECENT = 30  # Deliveries among which those of today are, even where some were sent by hand after them.


async def add(request: Request, text: str, services: Services) -> Page:
    """Sets up a digest: nothing is stored that cannot be asked, and nothing stays that cannot be posted."""
    digests, tz = stored(services), zone(request.tz or services.tz)
    asked = read_digest(text, request.at, tz, services.corrections())
    digest = _new(asked, tz, request, services)
    _check_question(digest, request, services)
    await check_channel(digest.channel, services)
    added = await digests.add(replace(digest, steward_name=await name_of(digest.steward, services)))
    try:
        hello = await say_hello(added, request, services)
    except Problem:
        await digests.remove(added)
        raise
    return digest_page("added", added, request, services, hello=hello)


def _new(asked: ParsedDigest, tz: ZoneInfo, request: Request, services: Services) -> Digest:
    channel, rule = asked.channel or request.channel, asked.rule or DEFAULT_RULE
    if channel is None:
        raise Problem("which-channel", text="")
    return Digest(
        rule=rule,
        tz=asked.tz or tz,
        query=asked.query(rule),
        channel=channel,
        lang=services.lang_of(request, asked.lang),
        since=request.at,
        steward=request.user,
    )


def _check_question(digest: Digest, request: Request, services: Services) -> None:
    """Raises now what would be a Problem on Monday: unknown names, what the key cannot see, odd periods, too
    many calls.
    """
    check_length(digest.query, LONGEST_QUERY)
    services.plan(digest.query, request.at, digest.tz)
    sends_of(digest, request.at, services)


async def edit(request: Request, text: str, services: Services) -> Page:
    """Changes what a text names, and leaves the rest."""
    digest, rest = await leading_digest("edit", text, services)
    if not rest:
        raise Problem("edit-what", id=digest.id)
    asked = read_digest(rest, request.at, digest.tz, services.corrections(), digest.rule)
    if asked.channel:
        raise Problem("digest-moves", id=digest.id)
    changed = edited(digest, asked, request.at)
    if changed == digest:
        return digest_page("unchanged", digest, request, services)
    changed = replace(changed, since=await _after_what_was_sent(changed, request, services))
    _check_question(changed, request, services)
    return digest_page("edited", await stored(services).change(changed), request, services)


async def _after_what_was_sent(digest: Digest, request: Request, services: Services) -> datetime:
    """From when on a changed digest comes: a date that has had its send has no second one.

    In another zone that may be tomorrow's: in New York it is still Sunday when Monday's was sent in Tokyo.
    """
    today = request.at.astimezone(digest.tz).date()
    deliveries = await stored(services).deliveries(digest.id, RECENT)
    had = [day for delivery in deliveries if (day := _day_of(delivery)) and day >= today]
    if not had:
        return request.at
    return day_start(max(had) + timedelta(days=1), digest.tz) - timedelta(microseconds=1)


def _day_of(delivery: Delivery) -> date | None:
    """The local date that a delivery took; one by hand took none."""
    try:
        return date.fromisoformat(delivery.occurrence)
    except ValueError:
        return None


async def move(request: Request, text: str, services: Services) -> Page:
    """Gives a digest another channel, where it stays if it can be posted there.

    One that was paused for its channel's sake runs again, from now on.
    """
    digest, rest = await leading_digest("move", text, services)
    channel = channel_alone(rest)
    if channel == digest.channel:
        return digest_page("unchanged", digest, request, services)
    await check_channel(channel, services)
    moved = replace(digest, channel=channel)
    if digest.paused not in {None, BY_HAND}:
        moved = replace(moved, paused=None, since=request.at)
    moved = await stored(services).change(moved)
    try:
        hello = await say_hello(moved, request, services, moved=True)
    except Problem:
        with suppress(Problem):  # It has been changed since, and the later change holds.
            await stored(services).change(replace(digest, version=moved.version))
        raise
    return digest_page("moved", moved, request, services, hello=hello)


async def pause(request: Request, text: str, services: Services) -> Page:
    """Stops a digest until it is resumed."""
    digest = await only_digest("pause", text, services)
    if not digest.paused:
        digest = await stored(services).change(replace(digest, paused=BY_HAND))
    return digest_page("paused", digest, request, services)


async def resume(request: Request, text: str, services: Services) -> Page:
    """Lets a paused digest come again, from now on: nothing of the pause is caught up."""
    digest = await only_digest("resume", text, services)
    if not digest.paused:
        return digest_page("unchanged", digest, request, services)
    await check_channel(digest.channel, services)
    digest = await stored(services).change(replace(digest, paused=None, since=request.at))
    return digest_page("resumed", digest, request, services)


async def steward(request: Request, text: str, services: Services) -> Page:
    """Makes a user, or the asker, the steward of a digest."""
    digest, rest = await leading_digest("steward", text, services)
    user = person(rest) or request.user
    if user is None:
        raise Problem("nobody-takes-over", id=digest.id)
    changed = replace(digest, steward=user, steward_name=await steward_name(user, services))
    if changed == digest:
        return digest_page("unchanged", digest, request, services)
    return digest_page("steward", await stored(services).change(changed), request, services)


async def send(request: Request, text: str, services: Services) -> Page:
    """Sends a digest now, beside its schedule."""
    digest = await only_digest("send", text, services)
    await stored(services).send(digest, request.at)
    return _done("sending", digest, request, services)


async def remove(request: Request, text: str, services: Services) -> Page:
    """Takes a digest away."""
    digest = await only_digest("remove", text, services)
    await stored(services).remove(digest)
    return _done("removed", digest, request, services)


async def arrived(request: Request, text: str, services: Services) -> Page:
    """An uncertain delivery is in the channel, as the steward says."""
    return await _settled("arrived", text, request, services)


async def again(request: Request, text: str, services: Services) -> Page:
    """An uncertain delivery is not in the channel, and is posted again."""
    return await _settled("again", text, request, services)


async def _settled(done: str, text: str, request: Request, services: Services) -> Page:
    digests = stored(services)
    if not text:
        raise Problem("unknown-delivery", id="")
    delivery = await digests.settle(text, done == "arrived", request.at)
    return _done(done, await digests.find(delivery.digest), request, services)


def _done(done: str, digest: Digest, request: Request, services: Services) -> Page:
    return Page("digest/done", services.lang_of(request), {**digest_data(digest, services), "done": done})
