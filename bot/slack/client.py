"""Slack's Web API as this bot calls it, with each failure as one of two things: not sent, or unclear."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.commands.ports import Receipt, SlackError, Standing
from bot.devin.http_date import answered_at
from bot.messages.message import Message
from bot.messages.view import Home, Modal

Done = TypeVar("Done")

DEADLINE = 10.0  # Seconds for one call, from connecting to the last byte.
LONGEST_WAIT = 20.0  # Seconds of a Retry-After that are waited for.
# What Slack says where it may have done the thing all the same.
UNCLEAR_CODES = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
DELIVERY_EVENT = "devin_metrics_delivery"  # The event type of a post's metadata.
PAGE, MOST_PAGES = 200, 5  # Messages a call, and calls, for one look into a channel.


@dataclass(frozen=True, slots=True)
class Workspace:
    """What `auth.test` tells of the bot, its handle among it, and its workspace, and the time by Slack's clock.

    `enterprise` is the Enterprise Grid organization of the workspace, "" outside of one. Where the app is installed for
    all of it (`org_wide`), Slack says the organization's id for the team's, too: lobu-ai/lobu pull request 3047.
    """

    team: str
    name: str
    bot_user: str
    bot: str
    handle: str
    scopes: frozenset[str]
    clock: datetime | None
    enterprise: str
    org_wide: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack knows of a user: the zone, the locale such as `ja-JP`, the name, whether the account is off or a
    guest's, and the workspace and organization that it belongs to. None of it may be known.
    """

    tz: str | None = None
    locale: str | None = None
    name: str = ""
    gone: bool = False
    guest: bool = False
    team: str | None = None
    enterprise: str | None = None


def web_client(token: str, url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """A client that never repeats a call by itself: the SDK would, and a repeated post is a second message."""
    return AsyncWebClient(token=token, base_url=url, session=session, retry_handlers=[])


async def auth_test(client: AsyncWebClient) -> Workspace:
    """Who this bot is, by its token. Raises SlackError."""
    answered = await _called(client.auth_test())
    headers = {name.casefold(): str(value) for name, value in answered.headers.items()}
    return Workspace(
        team=answered["team_id"],
        name=answered.get("team", ""),
        bot_user=answered["user_id"],
        bot=answered.get("bot_id", ""),
        handle=answered.get("user", ""),
        scopes=frozenset(filter(None, headers.get("x-oauth-scopes", "").replace(" ", "").split(","))),
        clock=answered_at(headers),
        enterprise=answered.get("enterprise_id") or "",
        org_wide=answered.get("is_enterprise_install") is True,
    )


async def socket_url(client: AsyncWebClient, app_token: str) -> str:
    """The address of a new websocket. Raises SlackError."""
    return str((await _called(client.apps_connections_open(app_token=app_token)))["url"])


async def post(
    client: AsyncWebClient, channel: str, message: Message, *, delivery: str | None = None, thread: str | None = None
) -> Receipt:
    """Posts once, to a channel or to a person by the user id; `delivery` travels along unseen. Raises SlackError."""
    metadata = {"event_type": DELIVERY_EVENT, "event_payload": {"delivery": delivery}} if delivery else None
    with_it: dict[str, Any] = {"thread_ts": thread, "metadata": metadata, "unfurl_links": False, "unfurl_media": False}
    answered = await _called(client.chat_postMessage(channel=channel, **message.as_dict(), **with_it))
    if not answered.get("ts"):
        raise SlackError("no_ts", unclear=True)
    return Receipt(answered.get("channel", channel), answered["ts"])


async def post_privately(
    client: AsyncWebClient, channel: str, user: str, message: Message, *, thread: str | None = None
) -> None:
    """Shows a message in a channel to one user, while they look. Raises SlackError."""
    await _called(client.chat_postEphemeral(channel=channel, user=user, thread_ts=thread, **message.as_dict()))


async def update(client: AsyncWebClient, receipt: Receipt, message: Message) -> None:
    """Puts a message in the place of one of the bot's own. Raises SlackError."""
    await _called(client.chat_update(channel=receipt.channel, ts=receipt.ts, **message.as_dict()))


async def delete(client: AsyncWebClient, receipt: Receipt) -> None:
    """Deletes one of the bot's own messages. Raises SlackError."""
    await _called(client.chat_delete(channel=receipt.channel, ts=receipt.ts))


async def publish_home(client: AsyncWebClient, user: str, home: Home) -> None:
    """Replaces a user's Home. Raises SlackError."""
    await _called(client.views_publish(user_id=user, view=home.as_dict()))


async def find_post(
    client: AsyncWebClient, channel: str, delivery: str, since: datetime, authors: set[str], thread: str | None = None
) -> Receipt | None:
    """The post of a delivery, by one of these authors, in a channel or in a thread of it, since a moment.

    Raises SlackError, with `history_too_long` where there is more than it reads and it might be further on.
    """
    span: dict[str, Any] = {"channel": channel, "oldest": f"{since.timestamp():.6f}", "inclusive": True}
    span |= {"include_all_metadata": True, "limit": PAGE}
    for _ in range(MOST_PAGES):
        answered = await _called(
            client.conversations_replies(ts=thread, **span) if thread else client.conversations_history(**span)
        )
        for message in answered["messages"]:
            if _carries(message, delivery) and authors & {message.get("user"), message.get("bot_id")}:
                return Receipt(channel, message["ts"])
        span["cursor"] = (answered.get("response_metadata") or {}).get("next_cursor")
        if not span["cursor"]:
            return None
    raise SlackError("history_too_long")


def _carries(message: dict[str, Any], delivery: str) -> bool:
    metadata = message.get("metadata") or {}
    return (
        metadata.get("event_type") == DELIVERY_EVENT and metadata.get("event_payload", {}).get("delivery") == delivery
    )


async def standing(client: AsyncWebClient, channel: str) -> Standing:
    """How a channel is, and how the bot stands there; the scopes for it are optional. Raises SlackError."""
    found = (await _called(client.conversations_info(channel=channel)))["channel"]
    return Standing(
        member=found.get("is_member", True),
        archived=found.get("is_archived", False),
        shared=found.get("is_ext_shared", False) or found.get("is_pending_ext_shared", False),
        private=found.get("is_private", False),
    )


async def open_modal(client: AsyncWebClient, trigger: str, modal: Modal) -> None:
    """Opens a form for the trigger's user, within three seconds. Raises SlackError."""
    await _called(client.views_open(trigger_id=trigger, view=modal.as_dict()))


async def update_modal(client: AsyncWebClient, view: str, modal: Modal, state: str | None = None) -> None:
    """Changes a form; with the hash of a state, only if it is still in that. Raises SlackError."""
    await _called(client.views_update(view_id=view, view=modal.as_dict(), hash=state))


async def profile(client: AsyncWebClient, user: str) -> Profile:
    """What Slack tells of a person; the scope `users:read` is optional. Raises SlackError."""
    found = (await _called(client.users_info(user=user, include_locale=True)))["user"]
    names = found.get("profile", {})
    return Profile(
        tz=found.get("tz"),
        locale=found.get("locale"),
        name=names.get("real_name") or names.get("display_name") or found.get("name", ""),
        gone=found.get("deleted", False),
        # One channel or several: docs.slack.dev, "User object".
        guest=found.get("is_restricted", False) or found.get("is_ultra_restricted", False),
        team=found.get("team_id"),
        enterprise=(found.get("enterprise_user") or {}).get("enterprise_id"),
    )


async def upload(client: AsyncWebClient, name: str, content: bytes) -> str:
    """The id of a file that is uploaded but not shared yet; the scope `files:write` is optional.

    Raises SlackError.
    """
    place = await _called(client.files_getUploadURLExternal(filename=name, length=len(content)))
    assert client.session is not None
    try:
        async with asyncio.timeout(DEADLINE):
            url = place["upload_url"]
            async with client.session.post(url, data=content, proxy=client.proxy, allow_redirects=False) as answered:
                status = answered.status
    except (TimeoutError, aiohttp.ClientError) as error:
        raise SlackError("upload_broke_off") from error
    if status != 200:
        raise SlackError(f"upload_http_{status}")
    return str(place["file_id"])


async def share_file(client: AsyncWebClient, file: str, title: str, conversation: str) -> None:
    """Shows an uploaded file in a conversation, which is named by its own id. Raises SlackError."""
    await _called(client.files_completeUploadExternal(files=[{"id": file, "title": title}], channel_id=conversation))


async def once_more(call: Callable[[], Awaitable[Done]]) -> Done:
    """Makes a call, and once more after the pause that Slack asks for, where that is short. Raises SlackError."""
    try:
        return await call()
    except SlackError as error:
        if error.retry_after is None or error.retry_after > LONGEST_WAIT:
            raise
        await asyncio.sleep(error.retry_after)
        return await call()


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
    except (aiohttp.ClientError, ValueError, AttributeError) as error:  # A dropped reply, or a body that is none.
        raise SlackError("broke_off", unclear=True) from error


def _refused(error: SlackApiError) -> SlackError:
    response = error.response
    if not isinstance(response, AsyncSlackResponse):
        return SlackError("broke_off", unclear=True)
    told = response.data if isinstance(response.data, dict) else {}
    status = response.status_code
    code = str(told.get("error") or f"http_{status}")
    wait = response.headers.get("Retry-After", "")
    return SlackError(
        "ratelimited" if status == 429 or code == "rate_limited" else code,
        unclear=code in UNCLEAR_CODES or status >= 500 or code == "http_200",
        needed=str(told.get("needed", "")),
        retry_after=float(wait) if wait.isdecimal() else None,
    )
