"""What comes in over HTTP: whose it is, what is told of what is refused, and what is answered before Slack is met."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from prometheus_client import generate_latest
from pydantic import SecretStr

from bot.app import run_in_slack
from bot.config.settings import Settings
from bot.slack.connection import listening
from bot.slack.health import Health
from bot.slack.http import PATH, Events
from bot.slack.signatures import LONGEST_AGE, Refusal, Repeats, Signed, verify
from bot.telemetry import Seldom
from tests.in_slack import bot_in_slack, free_port

pytestmark = pytest.mark.usefixtures("nothing_set")

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
BODY = b"command=%2Fdevin-metrics&text=help"


def sign(body: bytes = BODY, at: datetime = AT, secret: str = "ours") -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_stamp_within_five_minutes_of_the_clock_is_good(seconds: int) -> None:
    assert isinstance(verify("ours", BODY, sign(at=AT + timedelta(seconds=seconds)), AT), Signed)


@pytest.mark.parametrize("seconds", [-400, 400])
def test_a_signed_stamp_that_is_further_off_is_stale_and_says_how_far(seconds: int) -> None:
    headers = sign(at=AT + timedelta(seconds=seconds))
    assert verify("ours", BODY, headers, AT) == Refusal("signature-stale", 400)


@pytest.mark.parametrize("at", [AT, AT - timedelta(days=1)])
def test_what_another_secret_has_signed_says_nothing_of_the_clock(at: datetime) -> None:
    assert verify("ours", BODY, sign(at=at, secret="another app's"), AT) == Refusal("signature-wrong")


@pytest.mark.parametrize("signature", ["v0=", "v0=²", "x", "v0=" + "0" * 64])
def test_a_signature_of_another_body_or_of_none_is_wrong(signature: str) -> None:
    assert verify("ours", BODY, sign() | {"X-Slack-Signature": signature}, AT) == Refusal("signature-wrong")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "²"},
        {"X-Slack-Request-Timestamp": "9" * 5000},
    ],
)
def test_without_a_signature_or_a_stamp_that_is_a_number_it_is_missing(headers: dict[str, str]) -> None:
    assert verify("ours", BODY, sign() | headers if headers else {}, AT) == Refusal("signature-missing")


def test_a_thing_is_told_once_a_minute_with_how_often_it_has_happened() -> None:
    seldom = Seldom()
    assert [seldom.due("wrong", second) for second in (0, 1, 59, 60)] == [1, 0, 0, 3]
    assert seldom.due("stale", 60) == 1
    assert seldom.due("wrong", -3600) == 1  # The clock was set back.


def test_a_signature_is_known_again_for_as_long_as_its_stamp_is_good() -> None:
    repeats, early = Repeats(), Signed("v0=early", int(AT.timestamp()) + LONGEST_AGE)
    assert repeats.first(early, AT)
    assert not repeats.first(early, AT + timedelta(seconds=2 * LONGEST_AGE))
    assert repeats.first(Signed("v0=another", early.stamp), AT)


def test_no_more_than_so_many_signatures_are_kept_and_those_that_are_stale_go_first() -> None:
    repeats, now = Repeats(most=4), int(AT.timestamp())
    for name, stamp in [("good", now), ("stale", now - LONGEST_AGE - 1), ("good2", now), ("good3", now)]:
        assert repeats.first(Signed(name, stamp), AT)
    assert repeats.first(Signed("one more", now), AT)
    assert len(repeats._stamps) == 3
    assert not repeats.first(Signed("good3", now), AT)


class Entrance:
    """Slack's path on a server, with a clock to move."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.at, self.health, self._session, self.port = AT, Health(), session, 0
        self.events = Events("ours", self.health, lambda: self.at)

    async def post(self, body: bytes = BODY, headers: dict[str, str] | None = None) -> tuple[int, str]:
        async with self._session.post(
            f"http://127.0.0.1:{self.port}{PATH}", data=body, headers=sign(body) if headers is None else headers
        ) as response:
            return response.status, await response.text()

    def count(self, line: str) -> bool:
        return line in generate_latest(self.health.registry).decode().splitlines()


@pytest.fixture
async def entrance() -> AsyncIterator[Entrance]:
    async with aiohttp.ClientSession() as session:
        at = Entrance(session)
        async with listening(at.events.routes(), ("127.0.0.1", 0)) as at.port:
            yield at


async def test_what_is_refused_is_counted_by_reason_and_told_once_a_minute_without_detail_to_the_sender(
    entrance: Entrance, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        assert await entrance.post(headers=sign(at=AT - timedelta(seconds=400))) == (401, "")
        assert await entrance.post(headers=sign(secret="another app's")) == (401, "")
    assert await entrance.post(headers={}) == (401, "")
    logged = capsys.readouterr().out
    assert logged.count("this machine's clock is 400 s off Slack's, or the request is old") == 1
    assert logged.count("SLACK_SIGNING_SECRET is another app's") == 1
    assert entrance.count('slack_unsigned_total{reason="signature-stale"} 3.0')
    assert entrance.count('slack_unsigned_total{reason="signature-wrong"} 3.0')
    assert entrance.count('slack_unsigned_total{reason="signature-missing"} 1.0')


async def test_only_what_is_signed_counts_as_come_from_slack(entrance: Entrance) -> None:
    await entrance.post(headers={})
    await entrance.post(b"ssl_check=1", headers={})
    assert entrance.count("slack_envelopes_total 0.0")
    await entrance.post()
    assert entrance.count("slack_envelopes_total 1.0")
    assert not entrance.count('slack_unsigned_total{reason="signature-missing"} 2.0')  # Slack's probe is none of them.


async def test_before_slack_is_met_the_address_is_shown_to_be_the_apps_and_nothing_else_is_taken(
    entrance: Entrance,
) -> None:
    asked = json.dumps({"type": "url_verification", "challenge": "abc", "token": "deprecated"}).encode()
    for _ in range(2):  # Slack's Retry, in the same second.
        assert await entrance.post(asked) == (200, '{"challenge": "abc"}')
    assert await entrance.post(asked, sign(secret="another app's")) == (401, "")
    for _ in range(2):  # What was not taken is no repeat when it comes again.
        assert await entrance.post() == (503, "not connected")


async def test_while_slack_is_away_the_bot_is_not_ready_and_its_address_is_the_apps(tmp_path: Path) -> None:
    stop, port = asyncio.Event(), free_port()
    settings = Settings(
        slack_bot_token=SecretStr("xoxb-1"),
        slack_signing_secret=SecretStr("ours"),
        slack_api_url="http://127.0.0.1:9/api/",
        database_url=SecretStr(f"sqlite:///{tmp_path}/bot.db"),
    )
    running = asyncio.create_task(run_in_slack(settings, ("127.0.0.1", port), stop))
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        await asyncio.wait_for(until_it_listens(session), 20)
        async with session.get("/readyz") as response:
            assert (response.status, await response.text()) == (503, "not connected")
        asked = b'{"type": "url_verification", "challenge": "abc"}'
        async with session.post(PATH, data=asked, headers=sign(asked, datetime.now(UTC))) as response:
            assert (response.status, await response.json()) == (200, {"challenge": "abc"})
    stop.set()
    await asyncio.wait_for(running, 5)


async def until_it_listens(session: aiohttp.ClientSession) -> None:
    while True:
        with suppress(aiohttp.ClientConnectorError):
            async with session.get("/healthz"):
                return
        await asyncio.sleep(0.05)


async def test_the_same_signed_body_is_answered_once(tmp_path: Path) -> None:
    async with bot_in_slack("http", tmp_path) as world:
        delivery = await world.slack.command("help")
        body = urlencode(delivery.payload).encode()
        headers = world.slack.sign(body, str(int(datetime.now(UTC).timestamp()) - 1))
        for _ in range(3):
            again = await world.slack.deliver_raw(body, headers)
            assert (again.status, again.body) == (200, {})
        await world.answered("Ask for Devin session metrics", 2)
        await asyncio.sleep(0.2)
        assert len(await world.answered("Ask for Devin session metrics", 2)) == 2
