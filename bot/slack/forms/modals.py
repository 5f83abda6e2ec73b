"""Forms that open as modals."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.commands.answer import ErrorPage
from bot.commands.ports import Services, SlackError
from bot.messages.message import Message
from bot.messages.page import Page
from bot.messages.render import render, render_modal
from bot.messages.view import Modal
from bot.problems import Problem
from bot.queries.languages import CODES
from bot.queries.request import Request
from bot.slack.access import check_asker
from bot.slack.asker import asker_of
from bot.slack.asking import answer_request, as_asked, send_message
from bot.slack.bot import Bot
from bot.slack.client import open_modal, update_modal
from bot.slack.home import after
from bot.slack.reply import UrlReply
from bot.telemetry import log_failure

log = structlog.get_logger(__name__)

Values = Mapping[str, Any]
LOOK_FOR = 1.0  # Seconds for zone and language of the user who opens a form: Slack opens it within three, or never.
MOST_OPEN = 1000  # Forms whose latest changes are remembered.
TOO_LATE = {"expired_trigger_id", "trigger_expired"}  # The reference and the guide call it differently.


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of form. `name` is its callback id, the action id of the buttons that open it, and how its fields begin.

    `begin` tells what stands in its fields at first, and the text that it keeps: that is what later requests carry.
    `asked` is the text that the fields come to, or raises Problem where that could not be answered; `wrong_at` names
    the fields where that may be, the likeliest first. `page` shows the form, whatever was entered. `required` are the
    fields that are never empty.
    """

    name: str
    required: frozenset[str]
    begin: Callable[[Request, Services], Awaitable[tuple[str, dict[str, Any]]]]
    asked: Callable[[Request, Values, Services], str]
    page: Callable[[Request, Values, Services], Page]
    wrong_at: Callable[[Problem], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Opened:
    """With which text a form was opened, by whom and where; it travels in the view, so that it outlives a restart."""

    text: str = ""
    url: str = ""
    channel: str | None = None
    tz: str | None = None
    lang: str | None = None


def register(app: AsyncApp, form: Form, bot: Bot) -> None:
    """Listens for what opens a form, and for what is done in it."""
    newest: dict[str, str] = {}
    app.shortcut(form.name)(partial(called, form=form, bot=bot))
    app.action(form.name)(partial(called, form=form, bot=bot))
    app.action(re.compile(f"^{form.name}-.+$"))(partial(changed, form=form, bot=bot, newest=newest))
    app.view(form.name)(partial(submitted, form=form, bot=bot))


async def called(ack: AsyncAck, body: dict[str, Any], *, form: Form, bot: Bot) -> None:
    """Opens the form, with the text that a button carries; where that fails, the user is told."""
    await ack()
    text = (body.get("actions") or [{}])[0].get("value") or ""
    opened = Opened(text, body.get("response_url", ""), (body.get("channel") or {}).get("id"))
    asker = asker_of(body)
    request = _request(opened, body, bot)
    services = bot.services_of(request.team)
    with ErrorPage(request, services) as errors:
        asked = await _soon(as_asked(request, services, bot)) or request
        await check_asker(asker, bot, within=LOOK_FOR)
        opened = replace(opened, tz=asked.tz, lang=asked.lang)
        errors.request = asked
        await _open(asked, opened, body["trigger_id"], form, bot)
    if errors.page:
        message = render(errors.page, errors.request.names)
        await send_message(message, errors.request, _reply(opened, errors.request, bot), bot)


async def _open(request: Request, opened: Opened, trigger: str, form: Form, bot: Bot) -> None:
    text, values = await form.begin(request, bot.services_of(request.team))
    opened, request = replace(opened, text=text), replace(request, text=text)
    try:
        await open_modal(bot.client, trigger, _modal(form, opened, request, values, bot))
    except SlackError as error:
        log.warning("form-not-opened", form=form.name, reason=error.code)
        if error.code in TOO_LATE:
            raise Problem("form-too-late") from None
        raise Problem("form-not-opened", code=error.code) from None


async def changed(ack: AsyncAck, body: dict[str, Any], *, form: Form, bot: Bot, newest: dict[str, str]) -> None:
    """Shows what the form comes to now. It may have been closed meanwhile, which does no harm."""
    await ack()
    opened = _opened(body)
    request = _request(opened, body, bot)
    with ErrorPage(request, bot.services_of(request.team)) as errors:
        await _change(request, opened, body, form, bot, newest)
    if errors.page:
        await send_message(render(errors.page, request.names), request, _reply(opened, request, bot), bot)


async def _change(
    request: Request, opened: Opened, body: dict[str, Any], form: Form, bot: Bot, newest: dict[str, str]
) -> None:
    view = body["view"]
    modal = _modal(form, opened, request, _values(view, form), bot)
    try:
        await _follow(modal, view, body["actions"][0].get("action_ts", ""), newest, bot)
    except SlackError as error:
        log.info("form-not-followed", form=form.name, reason=error.code)


async def _follow(modal: Modal, view: dict[str, Any], at: str, newest: dict[str, str], bot: Bot) -> None:
    """Changes a view, unless a later change is known. Where another one was faster, the later of the two holds: it was
    made in a view that had both.
    """
    if len(newest) >= MOST_OPEN:
        newest.clear()
    newest[view["id"]] = max(at, newest.get(view["id"], ""))
    try:
        await update_modal(bot.client, view["id"], modal, view.get("hash"))
    except SlackError as error:
        if error.code != "hash_conflict" or newest.get(view["id"]) != at:
            raise
        await update_modal(bot.client, view["id"], modal)


async def submitted(ack: AsyncAck, body: dict[str, Any], *, form: Form, bot: Bot) -> None:
    """Asks the text that the form comes to, or says at a field what is wrong. Nothing slow stands before that."""
    opened, view, asker = _opened(body), body["view"], asker_of(body)
    request = _request(opened, body, bot)
    reply = _reply(opened, request, bot)

    async def acknowledge(wrong: Message | None, likely: tuple[str, ...] = ()) -> None:
        field = _field(view, form, likely)
        if wrong and field:
            await ack(response_action="errors", errors={field: _words(wrong.text)})
            return
        await ack()
        if wrong:
            await send_message(wrong, request, reply, bot)

    services = bot.services_of(request.team)
    with ErrorPage(request, services) as errors:
        asked = replace(request, text=form.asked(request, _values(view, form), services))
    if errors.page:
        problem = errors.page.data.get("problem")
        likely = form.wrong_at(problem) if isinstance(problem, Problem) else ()
        await acknowledge(render(errors.page, request.names), likely)
    else:
        await answer_request(asked, asker, reply, acknowledge, bot, after(asker, reply, bot))


def _modal(form: Form, opened: Opened, request: Request, values: Values, bot: Bot) -> Modal:
    kept = json.dumps(asdict(opened), ensure_ascii=False)
    return render_modal(form.page(request, values, bot.services_of(request.team)), request.names, form.name, kept)


def _opened(body: dict[str, Any]) -> Opened:
    """What the view kept, as far as this version knows of it: another one may have opened it."""
    try:
        kept = json.loads(body["view"].get("private_metadata") or "{}")
    except ValueError:
        kept = {}
    known = {one.name for one in fields(Opened)}
    kept = kept.items() if isinstance(kept, dict) else ()
    opened = Opened(**{name: value for name, value in kept if name in known and isinstance(value, str)})
    return opened if opened.lang in CODES else replace(opened, lang=None)


def _request(opened: Opened, body: dict[str, Any], bot: Bot) -> Request:
    request = bot.request(opened.text, asker_of(body)._replace(channel=opened.channel))
    return replace(request, tz=opened.tz, lang=opened.lang, names=bot.names.known(request.team))


def _reply(opened: Opened, request: Request, bot: Bot) -> UrlReply:
    """The way back to where the form was opened."""
    return UrlReply(opened.url, request.at, bot.client, bot.fallback, under_answer=bool(opened.url))


async def _soon(looking: Awaitable[Request]) -> Request | None:
    """A request with its asker's preferences; None where that takes long: the form is worth more. The look goes on."""
    look = asyncio.ensure_future(looking)
    look.add_done_callback(partial(log_failure, event="preferences-not-read"))
    done, _ = await asyncio.wait([look], timeout=LOOK_FOR)
    return look.result() if done else None


def _values(view: dict[str, Any], form: Form) -> dict[str, Any]:
    """What was entered, by field; one that is not shown is not there. Raises Problem for a form of another version."""
    blocks = ((view.get("state") or {}).get("values") or {}).values()
    entered = {name.removeprefix(f"{form.name}-"): _value(state) for block in blocks for name, state in block.items()}
    if any(not entered.get(name) for name in form.required):
        raise Problem("form-outdated")
    return entered


def _value(state: dict[str, Any]) -> Any:
    """What an element holds: Slack names it after the kind of element."""
    [held] = [value for key, value in state.items() if key != "type"] or [None]
    if isinstance(held, list):
        return [option["value"] for option in held]
    return held["value"] if isinstance(held, dict) else held.strip() if isinstance(held, str) else held


def _field(view: dict[str, Any], form: Form, likely: tuple[str, ...]) -> str | None:
    """The first of these fields that is shown, else the first one of the form: errors stand at fields only.

    None where the form has no field.
    """
    shown = [block["block_id"] for block in view.get("blocks") or () if block["type"] == "input"]
    likeliest = [f"{form.name}-{name}" for name in likely if f"{form.name}-{name}" in shown]
    return next(iter([*likeliest, *shown]), None)


def _words(text: str) -> str:
    """Lines as the one that stands at a field."""
    return " ".join(text.split("\n"))
