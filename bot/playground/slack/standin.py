"""Serves a stand-in for Slack on loopback.

It does as Slack's documentation says; where that is silent, as Slack was seen to do, which is then said at the place.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp import web

from bot.playground.slack import view_actions
from bot.playground.slack.api import Api
from bot.playground.slack.click_payload import click_payload
from bot.playground.slack.dispatch import Dispatch, Transport
from bot.playground.slack.escaping import as_message
from bot.playground.slack.events import event_payload, said_event
from bot.playground.slack.faults import SlackFault
from bot.playground.slack.files import UploadedFile, Uploads
from bot.playground.slack.forms import View, enter_value, missing_inputs
from bot.playground.slack.payloads import Json
from bot.playground.slack.records import Call, Channel, Post, Reason, Response, User
from bot.playground.slack.responses import ResponseUrls
from bot.playground.slack.socket import Ack, Sockets
from bot.playground.slack.workspace import StandinWorkspace

__all__ = [
    "Ack",
    "Call",
    "Channel",
    "Dispatch",
    "Post",
    "Response",
    "Slack",
    "SlackFault",
    "UploadedFile",
    "User",
    "View",
    "slack_standin",
]


class Slack(StandinWorkspace):
    """A running stand-in: a workspace, the actions of its users, and the faults of its connections."""

    api_url: str  # For SLACK_API_URL.

    def connect(self, transport: Transport, sockets: Sockets, files: Uploads, api_url: str) -> None:
        """Ties the workspace to the network."""
        self._files = files
        self._transport = transport
        self._sockets = sockets
        self.api_url = api_url
        self._telling: set[asyncio.Task[Dispatch]] = set()
        self.tell = self._tell

    def _tell(self, event: Json) -> None:
        telling = asyncio.create_task(self.event(event))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def end_telling(self) -> None:
        """Ends the events under way of the bot's own messages."""
        telling = [*self._telling]
        for task in telling:
            task.cancel()
        await asyncio.gather(*telling, return_exceptions=True)

    async def command(
        self,
        text: str,
        *,
        user: str = "U01NEWYORK",
        channel: str = "C01REPORTS",
        team: str | None = None,
        name: str | None = None,
    ) -> Dispatch:
        """A user types `/devin-metrics text`; back as soon as the bot has acked, or never will.

        The command may have another name, and be typed in another workspace than the user's own.
        """
        return await self._transport.command(text, user, channel, team, name)

    async def click(
        self,
        post: Post,
        action_id: str,
        *,
        user: str = "U01NEWYORK",
        value: str | None = None,
        team: str | None = None,
    ) -> Dispatch:
        """A user clicks a button of a post, or chooses an option by its value. LookupError: it is not there."""
        return await self._transport.interaction(click_payload(self, post, action_id, user, value), team)

    async def shortcut(self, callback_id: str, *, user: str = "U01NEWYORK", team: str | None = None) -> Dispatch:
        """A user calls a global shortcut."""
        return await self._transport.interaction(view_actions.shortcut_payload(self, callback_id, user), team)

    async def act(self, view: View, action_id: str, value: Any = None) -> Dispatch:
        """A user clicks or chooses in a view: an option by its value, several as a list, all else as it is.

        LookupError: it is not there. An input that dispatches nothing keeps the value for the submission.
        """
        payload = view_actions.action_payload(self, view, action_id, value)
        return await self._transport.interaction(payload) if payload else Dispatch()

    async def suggest(self, view: View, action_id: str, typed: str) -> Dispatch:
        """A user types into an external select; the body has the options that the bot suggests."""
        return await self._transport.interaction(view_actions.suggestion_payload(self, view, action_id, typed))

    async def submit(self, view: View, values: Mapping[str, Any] | None = None) -> Dispatch:
        """A user submits a form, with further values by action_id. After that it has `errors`, is closed or changed.

        An input that has to be filled in and is not is an error that the bot never hears of.
        """
        for action_id, value in (values or {}).items():
            enter_value(view, action_id, value)
        view.errors = missing_inputs(view)
        if view.errors:
            return Dispatch()
        dispatch = await self._transport.interaction(view_actions.submission_payload(self, view))
        dispatch.error = dispatch.error or view_actions.apply_submission_ack(self, view, dispatch.body)
        return dispatch

    def close(self, view: View) -> None:
        """A user closes a modal; the one below it is in front then."""
        self.modals.remove(view)
        self.changed()

    async def open_home(self, user: str = "U01NEWYORK") -> Dispatch:
        """A user looks at the bot's Home."""
        return await self.event(view_actions.home_opened_event(self, user))

    async def say(
        self,
        text: str,
        *,
        user: str = "U01NEWYORK",
        channel: str = "C01REPORTS",
        thread: str | None = None,
        files: Sequence[Json] = (),
        team: str | None = None,
        **more: Any,
    ) -> Dispatch:
        """A user writes a message, in a thread if that is named by a ts; `more` is in the event as well.

        The bot hears of a mention and of its direct messages, where it has the scopes; else nothing is sent.
        LookupError: there is no such thread.
        """
        root = self.root(self.place(channel), thread) if thread else None
        if thread and root is None:
            raise LookupError(thread)
        message = {"text": as_message(text, self), "thread_ts": root and root.ts, "files": files}
        event = said_event(self, self.post(channel, message, author=user), team)
        return await self.event(event | more) if event else Dispatch()

    async def mention(self, text: str, *, channel: str = "C01REPORTS", **more: Any) -> Dispatch:
        """A user mentions the bot in a channel, at the beginning of the text unless it is named in it: see `say`."""
        named = f"<@{self.bot_user_id}>" in as_message(text, self)
        return await self.say(text if named else f"<@{self.bot_user_id}> {text}", channel=channel, **more)

    async def direct_message(self, text: str, *, user: str = "U01NEWYORK", **more: Any) -> Dispatch:
        """A user writes to the bot in their direct messages: see `say`."""
        return await self.say(text, user=user, channel=self.direct(user), **more)

    async def event(self, event: Json, **other: Any) -> Dispatch:
        """Tells the bot of any event; `other` takes the place of what is around it, such as its `event_id`."""
        return await self._transport.event(event_payload(self, event, **other))

    async def repeat(self, dispatch: Dispatch, attempt: int = 1, reason: str = "http_timeout") -> Dispatch:
        """Tells of an event once more: the same with the same id, but with another stamp or envelope."""
        return await self._transport.event(dispatch.payload, attempt, reason)

    async def interaction(self, payload: Json) -> Dispatch:
        """Any other interaction; team, trigger and, where there is a channel, a response URL are added."""
        return await self._transport.interaction(payload)

    async def deliver_raw(self, body: bytes, headers: Mapping[str, str]) -> Dispatch:
        """Any request to the bot's HTTP address, right or wrong."""
        return await self._transport.deliver_raw(body, headers)

    def sign(self, body: bytes, timestamp: str | None = None) -> dict[str, str]:
        """The headers that prove a body to be Slack's, at the clock's time or any other."""
        return self._transport.sign(body, timestamp)

    @property
    def files(self) -> list[UploadedFile]:
        """What was uploaded, shared or not."""
        return self._files.uploaded

    @property
    def connections(self) -> int:
        """How many websockets are open."""
        return len(self._sockets.links)

    @property
    def acks(self) -> list[Ack]:
        """What came back over websockets, late and repeated acks too."""
        return self._sockets.acks

    @property
    def lost(self) -> int:
        """How many envelopes were dropped."""
        return self._sockets.lost

    def drop_envelopes(self) -> None:
        """Drops what is sent over the websockets that are open now; they stay open and answer pings."""
        self._sockets.drop_envelopes()

    async def disconnect(self, reason: Reason) -> None:
        """Sends `disconnect` over every websocket, and closes it unless this is only a warning."""
        await self._sockets.disconnect(reason)


@asynccontextmanager
async def slack_standin(clock: datetime | Callable[[], datetime]) -> AsyncIterator[Slack]:
    """Runs the stand-in on 127.0.0.1, by a clock or at a moment, on any free port."""
    slack = Slack(clock if callable(clock) else lambda: clock)
    sockets, urls, files = Sockets(slack), ResponseUrls(slack), Uploads(slack)
    # Requests under way when it closes get a moment; one that a fault delays would take longer and is cancelled.
    app = _app(Api(slack, sockets.new_link, files), sockets, urls, files)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.05)
    await runner.setup()
    # A connection for each delivery: one that is kept open may be closed by the bot just when it is used again.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            address = f"127.0.0.1:{runner.addresses[0][1]}"
            urls.base, sockets.base, files.base = f"http://{address}", f"ws://{address}", f"http://{address}"
            slack.connect(Transport(slack, sockets, urls, session), sockets, files, f"http://{address}/api/")
            yield slack
        finally:
            await slack.end_telling()
            await runner.cleanup()


def _app(api: Api, sockets: Sockets, urls: ResponseUrls, files: Uploads) -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/api/{method}", api.handle)
    app.router.add_get("/link/", sockets.handle)
    app.router.add_post("/{kind:commands|actions}/{team}/{number}/{secret}", urls.handle)
    app.router.add_post("/upload/{id}", files.handle)
    app.on_shutdown.append(sockets.close)
    return app
