"""Runs the commands of `devin-metrics`."""

import argparse
import asyncio
import io
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot import __version__
from bot.cli.digests import add_parsers
from bot.cli.exit_codes import EXIT_DONE, EXIT_PROBLEM, EXIT_WRONG_USE
from bot.problems import Problem
from bot.queries.languages import CODES
from bot.queries.request import AS_INSTALLED

if TYPE_CHECKING:
    from bot.messages.page import Page

FORMATS = ("text", "blocks", "json", "csv")
EXAMPLES = """examples:
  devin-metrics ask --sample "last 7d org=payments"    made-up numbers, no key needed
  devin-metrics demo                                   the bot in the browser, made-up numbers
  devin-metrics ask "last week" --format json
  devin-metrics ask help
  devin-metrics doctor
"""


def main(arguments: Sequence[str]) -> int:
    """Runs one command. Exit codes: 0 done, 1 the answer is a problem, 2 wrong arguments or settings."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # A terminal that cannot show a character shows a question mark.
    options = _parser().parse_args(arguments)
    try:
        code: int = asyncio.run(options.run(options))
    except Problem as problem:
        return _print_refusal(problem)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return EXIT_DONE
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="devin-metrics",
        description="Devin session metrics, in Slack and in the terminal.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"devin-metrics {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    ask = commands.add_parser("ask", help="answer a text as the bot would: last 7d, why ship-rate, help")
    ask.add_argument("text", nargs="*", help=f"what would be typed after {AS_INSTALLED.command}")
    ask.add_argument("--format", choices=FORMATS, default="text")
    ask.add_argument("--lang", choices=CODES, help="language of the answer")
    ask.add_argument("--tz", help="time zone, such as America/New_York")
    ask.add_argument("--at", type=_moment, help="the moment to ask at, with an offset: 2026-11-20T14:05-05:00")
    ask.add_argument("--sample", action="store_true", help="ask a made-up enterprise instead of Devin")
    ask.set_defaults(run=_ask_command)
    run = commands.add_parser("run", help="run the bot in Slack")
    run.add_argument("--http", metavar="HOST:PORT", help="take signed requests at /slack/events instead of Socket Mode")
    run.set_defaults(run=_run_command)
    demo = commands.add_parser("demo", help="try the bot in the browser: a made-up workspace, no key needed")
    demo.add_argument("--port", type=_port, default=8321, help="of this machine, for the page; 0 takes any (8321)")
    demo.set_defaults(run=_demo_command)
    manifest = commands.add_parser("manifest", help="print the Slack app's manifest as JSON")
    manifest.add_argument("--http", metavar="URL", help="for signed HTTP requests to this public address")
    manifest.add_argument("--command", metavar="/NAME", default=AS_INSTALLED.command, help="what the command is called")
    manifest.add_argument("--org-wide", action="store_true", help="for all of an Enterprise Grid organization")
    manifest.set_defaults(run=_manifest_command)
    add_parsers(commands.add_parser("digests", help="set up, look at, export and import digests"), _moment)
    migrate = commands.add_parser("migrate", help="bring the database's schema up to date")
    migrate.set_defaults(run=_migrate_command)
    doctor = commands.add_parser("doctor", help="check the settings and the key, and say what to mend")
    doctor.set_defaults(run=_doctor_command)
    return parser


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no moment; write it as 2026-11-20T14:05-05:00") from None
    if not 2023 <= moment.year <= 2100:
        raise argparse.ArgumentTypeError(f"{text!r} is out of range; take a year from 2023 to 2100")
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset; write it as 2026-11-20T14:05-05:00")
    return moment


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; take a number up to 65535")
    return int(text)


async def _ask_command(options: argparse.Namespace) -> int:
    from bot.app import now, open_services, sample_services
    from bot.cli.progress import progress_line
    from bot.commands.answer import answer, command_of
    from bot.config.settings import load
    from bot.queries.request import Request
    from bot.queries.zones import zone
    from bot.telemetry import configure_logs

    text = " ".join(options.text)
    tz = zone(options.tz).key if options.tz else None
    request = Request(text, options.at or now(), tz=tz, lang=options.lang)
    if options.sample:
        page = await answer(request, sample_services(request.at))
    else:
        settings = load()
        if settings.key is None and command_of(text.strip())[0].asks_devin:
            raise Problem("not-set", names=["DEVIN_API_KEY"])
        configure_logs(settings.log_level, settings.log_format)
        async with open_services(settings) as services:
            with progress_line(sys.stderr, services.lang_of(request)) as tell:
                page = await answer(request, replace(services, gather=services.gather.with_progress(tell)))
    print(_formatted(page, options.format))
    return EXIT_PROBLEM if "problem" in page.data else EXIT_DONE


async def _run_command(options: argparse.Namespace) -> int:
    from bot.app import run_in_slack
    from bot.config.settings import host_and_port, load
    from bot.config.slack_tokens import check_for_slack
    from bot.telemetry import configure_logs

    settings = load()
    http = host_and_port(options.http) if options.http is not None else None
    check_for_slack(settings, over_http=http is not None)
    configure_logs(settings.log_level, settings.log_format)
    await run_in_slack(settings, http, _stop_on_signal())
    return EXIT_DONE


async def _demo_command(options: argparse.Namespace) -> int:
    from bot.app import now
    from bot.cli.demo import playground
    from bot.config.settings import forget_proxies
    from bot.messages.page import Page
    from bot.messages.render import text
    from bot.telemetry import configure_logs

    configure_logs("error", "text")
    forget_proxies()
    stop = asyncio.ensure_future(_stop_on_signal().wait())
    async with playground(options.port, now) as opened:
        print(text(Page("cli/demo", "en", {"url": opened.url})), flush=True)
        await asyncio.wait([stop, opened.bot], return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    return EXIT_DONE


def _stop_on_signal() -> asyncio.Event:
    """An event that SIGTERM or SIGINT sets."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


async def _manifest_command(options: argparse.Namespace) -> int:
    from bot.slack.manifest import manifest

    if options.http is not None and not options.http.startswith("https://"):
        raise Problem("url-not-https", name="--http")
    print(json.dumps(manifest(options.http, options.command, options.org_wide), indent=2))
    return EXIT_DONE


async def _migrate_command(_options: argparse.Namespace) -> int:
    from bot.config.settings import load, secret
    from bot.store import open_store
    from bot.store.migrations import migrate

    async with open_store(secret(load().database_url)) as store:
        changed = await migrate(store)
    print("The database is up to date now." if changed else "The database was up to date.")
    return EXIT_DONE


async def _doctor_command(_options: argparse.Namespace) -> int:
    from bot.app import now
    from bot.cli.doctor import examine
    from bot.messages.render import text
    from bot.telemetry import configure_logs

    configure_logs("error", None)
    page = await examine(now())
    print(text(page))
    return EXIT_DONE if page.data["well"] else EXIT_PROBLEM


def _formatted(page: "Page", style: str) -> str:
    from bot.messages.export import as_csv, as_json
    from bot.messages.render import render, text

    style = "csv" if style == "text" and "file" in page.data else style
    match style:
        case "json":
            return json.dumps(as_json(page), ensure_ascii=False, indent=2)
        case "csv":
            return as_csv(page).removesuffix("\n")
        case "blocks":
            return json.dumps(render(page).as_dict(), ensure_ascii=False, indent=2)
    return text(page)


def _print_refusal(problem: Problem) -> int:
    """Prints a Problem of the settings or arguments to stderr."""
    from bot.messages.page import Page
    from bot.messages.render import text

    print(text(Page("problems/problem", "en", {"problem": problem})), file=sys.stderr)
    return EXIT_WRONG_USE
