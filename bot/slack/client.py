"""Slack's Web API as this bot calls it, with each failure as one of two things: not sent, or unclear."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.message import Message

DEADLINE = 10.0  # Seconds for one call, from connecting to the last byte.
# What Slack says where it may have done the thing all the same.
UNCLEAR_CODES = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}


class SlackError(Exception):
    """A call that failed: Slack's own error code, or `unreachable` or `timeout`; `unclear` where it may have worked."""

    def __init__(self, code: str, unclear: bool = False, needed: str = "", retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.unclear = unclear
        self.needed = needed
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Workspace:
    """What `auth.test` tells of the bot and its workspace, and the time by Slack's clock."""

    team: str
    name: str
    bot_user: str
    bot: str
    scopes: frozenset[str]
    clock: datetime | None


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack knows of somebody: the zone, and the locale such as `ja-JP`."""

    tz: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a message stands now."""

    channel: str
    ts: str


def web_client(token: str, url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """A client that never repeats a call by itself: the SDK would, and a repeated post is a second message."""
    return AsyncWebClient(token=token, base_url=url, session=session, retry_handlers=[])


async def meet(client: AsyncWebClient) -> Workspace:
    """Who this bot is, by its token. Raises SlackError."""
    answered = await _called(client.auth_test())
    headers = {name.casefold(): str(value) for name, value in answered.headers.items()}
    return Workspace(
        team=answered["team_id"],
        name=answered.get("team", ""),
        bot_user=answered["user_id"],
        bot=answered.get("bot_id", ""),
        scopes=frozenset(filter(None, headers.get("x-oauth-scopes", "").replace(" ", "").split(","))),
        clock=parsedate_to_datetime(headers["date"]) if "date" in headers else None,
    )


async def socket_url(client: AsyncWebClient, app_token: str) -> str:
    """The address of a new websocket. Raises SlackError."""
    return str((await _called(client.apps_connections_open(app_token=app_token)))["url"])


async def post(client: AsyncWebClient, channel: str, message: Message) -> Receipt:
    """Posts to a channel, or to a person by the user id. Raises SlackError."""
    answered = await _called(
        client.chat_postMessage(channel=channel, **message.as_dict(), unfurl_links=False, unfurl_media=False)
    )
    return Receipt(answered["channel"], answered["ts"])


async def profile(client: AsyncWebClient, user: str) -> Profile:
    """Zone and locale of a person; the scope `users:read` is optional. Raises SlackError."""
    found = (await _called(client.users_info(user=user, include_locale=True)))["user"]
    return Profile(found.get("tz"), found.get("locale"))


async def _called(call: Coroutine[Any, Any, AsyncSlackResponse]) -> AsyncSlackResponse:
    """One call within a deadline of its own. Raises SlackError, which says whether it may have worked."""
    try:
        async with asyncio.timeout(DEADLINE):
            return await call
    except SlackApiError as error:
        raise _refused(error) from error
    except aiohttp.ClientConnectorError as error:
        raise SlackError("unreachable") from error
    except TimeoutError as error:
        raise SlackError("timeout", unclear=True) from error
    except (aiohttp.ClientError, ValueError) as error:  # A dropped reply, or a body that is not JSON.
        raise SlackError("broke_off", unclear=True) from error


def _refused(error: SlackApiError) -> SlackError:
    response = error.response
    if not isinstance(response, AsyncSlackResponse):
        return SlackError("broke_off", unclear=True)
    code = str(response.get("error", "unknown_error"))
    wait = response.headers.get("Retry-After", "")
    return SlackError(
        code,
        unclear=code in UNCLEAR_CODES or response.status_code >= 500,
        needed=str(response.get("needed", "")),
        retry_after=float(wait) if wait.isdecimal() else None,
    )
