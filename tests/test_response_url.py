"""A response URL is used where it is one of Slack's, whoever has signed the payload."""

import asyncio
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

from bot.slack.connection import listening
from bot.slack.response_url import is_slacks
from tests.in_slack import bot_in_slack

SLACK = "https://slack.com/api/"
LOCAL = "http://127.0.0.1:4000/api/"


@pytest.mark.parametrize(
    ("url", "api_url"),
    [
        ("https://hooks.slack.com/commands/T01/1/x", SLACK),
        ("https://hooks.slack.com:443/actions/T01/1/x", SLACK),
        ("HTTPS://Hooks.Slack.com/actions/T01/1/x?a=b", SLACK),
        ("https://slack.com/x", SLACK),
        ("https://slack.example:8443/x", "https://slack.example:8443/api/"),
        ("http://127.0.0.1:4000/x", LOCAL),
        ("https://127.0.0.1:5000/x", LOCAL),
        ("http://[::1]:5000/x", "http://[::1]:4000/api/"),
    ],
)
def test_a_response_url_stands_at_slacks_host_for_them_or_at_that_of_the_api(url: str, api_url: str) -> None:
    assert is_slacks(url, api_url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/commands/T01",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        "https://hooks.slack.com.evil.example/x",
        "https://hooks.slack.com@evil.example/x",
        "https://evil.example\\@hooks.slack.com/x",
        "https://evil.example/https://hooks.slack.com/x",
        "https://evil.example#hooks.slack.com",
        "https://hooks.slack.com/x\r\nHost: evil.example",
        "https://hooks.slack.com./x",
        "https://169.254.169.254/latest/meta-data",
        "http://localhost:5432/",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("api_url", [SLACK, LOCAL])
def test_any_other_address_is_none(url: str, api_url: str) -> None:
    assert not is_slacks(url, api_url)


@pytest.mark.parametrize("url", ["http://slack.com/x", "https://slack.com:8443/x", "http://127.0.0.1:4000/x"])
def test_outside_of_this_machine_the_scheme_is_https_and_the_port_is_the_apis(url: str) -> None:
    assert not is_slacks(url, SLACK)


async def test_where_the_response_url_is_odd_the_answer_goes_to_the_asker_directly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken: list[str] = []

    async def take(request: web.Request) -> web.Response:
        taken.append(request.path)
        return web.Response(text="ok")

    async with bot_in_slack("http", tmp_path) as world, listening([web.post("/x", take)], ("localhost", 0)) as port:
        url = f"http://localhost:{port}/x"
        async with aiohttp.ClientSession() as session, session.post(url) as response:
            assert response.status == 200
        asked = {"command": "/devin-metrics", "text": "help", "user_id": "U01NEWYORK", "team_id": "T01STANDIN"}
        body = urlencode({**asked, "channel_id": "C01GENERAL", "response_url": url}).encode()
        assert (await world.slack.deliver_raw(body, world.slack.sign(body))).status == 200
        with suppress(TimeoutError):
            await asyncio.wait_for(world.answered("Ask for Devin session metrics"), 5)
        assert [call.method for call in world.slack.calls].count("chat.postMessage") == 1
    assert taken == ["/x"]  # The test's own.
    assert "odd-response-url" in capsys.readouterr().out
