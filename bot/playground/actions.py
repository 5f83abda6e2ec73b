"""Handles the page's POST requests: each is an action of a user."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.playground.simulation import Simulation
from bot.playground.slack.forms import enter_value
from bot.playground.slack.payloads import Json
from bot.playground.slack.standin import Dispatch, View
from bot.problems import Problem

Value = str | list[str] | None
Body = TypeVar("Body", bound=BaseModel)
LONGEST_MESSAGE = 4_000  # Slack's composer takes no more.


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class _ByUser(_Body):
    user: str


class _Typed(_ByUser):
    channel: str
    text: str = Field(max_length=LONGEST_MESSAGE)


class _Said(_ByUser):
    channel: str
    message: str = Field(min_length=1, max_length=LONGEST_MESSAGE)
    thread: str | None = None


class _Click(_ByUser):
    channel: str
    ts: str
    action_id: str
    value: str | None = None


class _Shortcut(_ByUser):
    callback_id: str


class _InView(_ByUser):
    view_id: str
    action_id: str
    value: Value = None
    values: dict[str, Value] = Field(
        default_factory=dict
    )  # The values of other elements that the page has not sent yet.


class _Submitted(_ByUser):
    view_id: str
    values: dict[str, Value] = Field(default_factory=dict)


class _Closed(_ByUser):
    view_id: str


class _Move(_Body):
    days: float = Field(0, ge=-1_000, le=1_000)
    hours: float = Field(0, ge=-24_000, le=24_000)
    minutes: float = Field(0, ge=-1_440_000, le=1_440_000)
    to: AwareDatetime | None = None

    def target(self, now: datetime) -> datetime:
        return self.to or now + timedelta(days=self.days, hours=self.hours, minutes=self.minutes)


class _Fault(_Body):
    key: str
    on: bool


class VisitorActions:
    """The handlers. They raise LookupError where what the user acted on is not there, or not visible to the user."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._slack = simulation.slack

    def routes(self) -> list[web.RouteDef]:
        """The routes of all actions."""
        return [
            web.post("/api/command", _handler(_Typed, self._command)),
            web.post("/api/message", _handler(_Said, self._message)),
            web.post("/api/click", _handler(_Click, self._click)),
            web.post("/api/shortcut", _handler(_Shortcut, self._shortcut)),
            web.post("/api/act", _handler(_InView, self._act)),
            web.post("/api/submit", _handler(_Submitted, self._submit)),
            web.post("/api/close", _handler(_Closed, self._close)),
            web.post("/api/home", _handler(_ByUser, self._home)),
            web.post("/api/clock", _handler(_Move, self._clock)),
            web.post("/api/fault", _handler(_Fault, self._fault)),
        ]

    async def _command(self, typed: _Typed) -> Json:
        place = self._place(typed.user, typed.channel)
        return _checked_dispatch(await self._slack.command(typed.text, user=typed.user, channel=place))

    async def _message(self, said: _Said) -> Json:
        place = self._place(said.user, said.channel)
        # What becomes of the event is nothing that Slack tells its user.
        await self._slack.say(said.message, user=said.user, channel=place, thread=said.thread)
        return {"error": None}

    async def _click(self, click: _Click) -> Json:
        post = self._slack.find(click.ts)
        if post is None or post.channel != click.channel or not self._simulation.sees(self._user(click.user), post):
            raise LookupError(click.ts)
        return _checked_dispatch(await self._slack.click(post, click.action_id, user=click.user, value=click.value))

    async def _shortcut(self, called: _Shortcut) -> Json:
        if called.callback_id not in {shortcut["callback_id"] for shortcut in self._simulation.shortcuts}:
            raise LookupError(called.callback_id)
        return _checked_dispatch(await self._slack.shortcut(called.callback_id, user=self._user(called.user)))

    async def _act(self, act: _InView) -> Json:
        home = self._slack.homes.get(act.user)
        view = home if home and home.id == act.view_id else self._modal(act.user, act.view_id)
        for action_id, value in act.values.items():
            enter_value(view, action_id, value)
        return _checked_dispatch(await self._slack.act(view, act.action_id, act.value))

    async def _submit(self, form: _Submitted) -> Json:
        view = self._modal(form.user, form.view_id)
        return _checked_dispatch(await self._slack.submit(view, form.values)) | {"errors": view.errors or None}

    async def _close(self, closed: _Closed) -> Json:
        self._slack.close(self._modal(closed.user, closed.view_id))
        return {"error": None}

    async def _home(self, looked: _ByUser) -> Json:
        return _checked_dispatch(await self._slack.open_home(self._user(looked.user)))

    async def _clock(self, move: _Move) -> Json:
        await self._simulation.clock_mover.move(move.target(self._simulation.clock()))
        self._slack.changed()
        return {"now": self._simulation.clock().isoformat()}

    async def _fault(self, fault: _Fault) -> Json:
        self._simulation.switches.switch(fault.key, fault.on)
        return {"error": None}

    def _user(self, user: str) -> str:
        if user not in self._slack.users:
            raise LookupError(user)
        return user

    def _place(self, user: str, channel: str) -> str:
        """The conversation in which a user types: a channel, or their own with the bot."""
        if channel != self._user(user) and channel not in self._slack.channels:
            raise LookupError(channel)
        return self._slack.direct(user) if channel == user else channel

    def _modal(self, user: str, view_id: str) -> View:
        for view in self._slack.modals:
            if (view.user, view.id) == (user, view_id):
                return view
        raise LookupError(view_id)


def _handler(
    model: type[Body], act: Callable[[Body], Awaitable[Json]]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            body = model.model_validate_json(await request.read(), strict=True)
        except ValidationError as error:
            faults: list[Any] = error.errors(include_url=False, include_context=False, include_input=False)
            listed = [(".".join(map(str, fault["loc"])), fault["msg"]) for fault in faults]
            raise Problem("playground-request", faults=listed) from None
        return web.json_response(await act(body))

    return handle


def _checked_dispatch(dispatch: Dispatch) -> Json:
    if dispatch.error:
        raise Problem("playground-not-delivered", code=dispatch.error)
    return {"error": None}
