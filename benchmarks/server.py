"""The server of the command benchmark: the bot, and beside it two listeners that do the least."""

import asyncio
import json
import sys
import tempfile
from dataclasses import replace

import aiohttp
import httpx
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.app import now, open_services
from bot.config.settings import Limits, Settings
from bot.devin.v3 import counts
from bot.queries.request import AS_INSTALLED
from bot.slack.answer_queue import AnswerQueue
from bot.slack.bot import Bot
from bot.slack.client import auth_test, web_client
from bot.slack.connection import bolt_app
from bot.slack.health import Health
from bot.slack.http import Events
from bot.slack.names import WorkspaceNames
from bot.slack.people import Profiles, SlackPeople
from bot.store import open_store
from bot.store.migrations import prepare
from bot.store.questions import StoredQuestions


async def main(ends: dict[str, str]) -> None:
    """Serves until standard input ends; prints the port."""
    limits = Limits(concurrent_answers=500)
    settings = Settings(devin_api_key=SecretStr("cog_test"), devin_api_url=ends["devin"], limits=limits)
    async with (
        aiohttp.ClientSession() as session,
        httpx.AsyncClient(base_url=ends["devin"]) as devin,
        open_services(settings) as services,
        open_store(f"sqlite:///{tempfile.mkdtemp()}/bot.db") as store,
    ):
        await prepare(store)
        client = web_client(ends["token"], ends["slack"], session)
        workspace = await auth_test(client)
        profiles = Profiles(client, workspace.scopes, now)
        people = SlackPeople(profiles, store, workspace.team, now)
        in_slack = replace(services, people=people, questions=StoredQuestions(store, workspace.team))
        bot = Bot(
            services=in_slack,
            services_of=lambda _: in_slack,
            holds=lambda _: True,
            client=client,
            queue=AnswerQueue(500),
            profiles=profiles,
            names=WorkspaceNames(store, AS_INSTALLED.bot, now),
            workspace=workspace,
            store=store,
            now=now,
        )

        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id=workspace.team, bot_token=ends["token"])

        def listener() -> AsyncApp:
            return AsyncApp(name="floor", signing_secret=ends["secret"], client=client, authorize=authorize)

        empty, floor = listener(), listener()

        @empty.command("/devin-metrics")
        async def acknowledge(ack: AsyncAck) -> None:
            await ack(text="Working", response_type="ephemeral")

        @floor.command("/devin-metrics")
        async def answer(ack: AsyncAck, command: dict[str, str]) -> None:
            await ack(text="Working", response_type="ephemeral")
            for after, before in (("1794546000", "1795150800"), ("1793941200", "1794546000")):
                asked = {"time_after": after, "time_before": before}
                got = await devin.get(
                    "/v3/enterprise/metrics/sessions", params=asked, headers={"Authorization": "Bearer cog_test"}
                )
                counts(got.content)
            async with session.post(command["response_url"], json={"text": "Answered"}) as response:
                await response.read()

        events = Events(ends["secret"], Health(), now)
        events.app = bolt_app(bot, workspace, ends["token"], ends["secret"])
        apps = {"/empty": empty, "/floor": floor}

        async def receive(request: web.Request) -> web.Response:
            return await to_aiohttp_response(await apps[request.path].async_dispatch(await to_bolt_request(request)))

        served = web.Application()
        served.add_routes([*events.routes(), *(web.post(path, receive) for path in apps)])
        runner = web.AppRunner(served, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(json.loads(sys.argv[1])))
