"""Runs `devin-metrics digests …`, the digest commands of Slack, in a terminal."""

import argparse
import json
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.exit_codes import EXIT_DONE, EXIT_PROBLEM
from bot.problems import Problem
from bot.queries.request import AS_INSTALLED, Names

if TYPE_CHECKING:
    from bot.commands.ports import Services

MOST_SENDS = 366
MEMBER = re.compile(r"@?([UW][A-Z0-9]{1,20})")
WORKSPACE = re.compile(r"T[A-Z0-9]{1,20}")

COMMAND_HELP = {
    "add": "set one up: weekly monday 09:00 '#C0123456789' last week org=payments",
    "list": "all of them, with their next sends and last states",
    "show": "one of them, with its next sends and last deliveries",
    "preview": "the next sends of a rule, tab-separated; or the report of a digest as it would be now",
    "send": "send one now",
    "pause": "send nothing until it is resumed",
    "resume": "go on; what came due meanwhile is not sent",
    "edit": "change what is named; the rest stays",
    "move": "to another channel",
    "steward": "who answers for one",
    "remove": "end one",
    "export": "print all of them as JSON",
    "import": "add those of a JSON file, or of what is piped in",
}


def add_parsers(digests: argparse.ArgumentParser, moment: Callable[[str], datetime]) -> None:
    """The parsers of the subcommands; `moment` reads one from an argument."""
    commands = digests.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for name, explained in COMMAND_HELP.items():
        command = commands.add_parser(name, help=explained)
        command.add_argument("text", nargs="*", help=f"as in Slack, after {AS_INSTALLED.command} digest {name}")
        command.add_argument(
            "--team", metavar="TEAM", type=_workspace_id, help="the workspace, where there are several: T0123456789"
        )
        command.set_defaults(run=run)
        if name == "add":
            command.add_argument(
                "--steward", metavar="USER", type=_member_id, help="who answers for it, by the Slack id: U0123456789"
            )
        if name == "preview":
            command.add_argument("--from", dest="after", metavar="ISO", type=moment, help="sends after this moment")
            command.add_argument(
                "--count", type=_number_of_sends, default=6, metavar="N", help="how many (6), up to 366"
            )


async def run(options: argparse.Namespace) -> int:
    """One subcommand, to its exit code."""
    from bot.commands.digest_look import ID

    text = " ".join(options.text)
    match options.command:
        case "preview" if not ID.fullmatch(text):
            return _preview(text, options.after, options.count)
        case "export":
            return await _export(options.team)
        case "import":
            return await _import(text, options.team)
    return await _print_answer(options, text)


def _preview(text: str, after: datetime | None, count: int) -> int:
    """The sends of a rule: local moment with offset, first and last day of the window, remark. No key is needed."""
    from bot.app import now
    from bot.commands.digest_look import sends_by_rule
    from bot.config.settings import load
    from bot.messages.render import say
    from bot.periods.period import WEEKDAYS

    defaults, at = load().defaults, after or now()
    try:
        sends = sends_by_rule(text, at, count, defaults.tz, WEEKDAYS.index(defaults.week_start))
    except Problem as problem:
        return _print_problem(problem)
    for send in sends:
        days = f"{send.span.first_day}..{send.span.last_day}"
        print(send.at.isoformat(timespec="seconds"), days, say("digest/_schedule", "remark", send, "en"), sep="\t")
    return EXIT_DONE


async def _export(team: str | None) -> int:
    from bot.commands.digest_export import exported

    async with _digest_services(team, asks_slack=False) as (services, _):
        assert services.digests
        print(json.dumps(exported(await services.digests.all()), ensure_ascii=False, indent=2))
    return EXIT_DONE


async def _import(path: str, team: str | None) -> int:
    from bot.app import now
    from bot.commands.digest_export import imported

    try:
        digests = imported(_read_json(path), now())
    except Problem as problem:
        return _print_problem(problem)
    added = there = 0
    async with _digest_services(team) as (services, _):
        assert services.digests
        for digest in digests:
            try:
                await services.digests.add(digest)
                added += 1
            except Problem as problem:
                if problem.key != "digest-exists":
                    raise
                there += 1
    print(f"{added} added, {there} there already.")
    return EXIT_DONE


def _read_json(path: str) -> object:
    try:
        return json.loads(Path(path).read_bytes() if path else sys.stdin.buffer.read())  # Bytes in UTF-16, too.
    except (OSError, ValueError, RecursionError) as error:
        raise Problem("file-not-read", path=path or "stdin", detail=str(error)) from None


def _print_problem(problem: Problem) -> int:
    """Prints a Problem to stdout as the answer; those of arguments and settings go to stderr."""
    from bot.messages.page import Page
    from bot.messages.render import text

    print(text(Page("problems/problem", "en", {"problem": problem})))
    return EXIT_PROBLEM


async def _print_answer(options: argparse.Namespace, text: str) -> int:
    from bot.app import now
    from bot.commands.answer import answer
    from bot.commands.digest import READING
    from bot.messages.render import text as words
    from bot.queries.request import Request

    command, steward = options.command, getattr(options, "steward", None)
    async with _digest_services(options.team, asks_slack=command not in READING) as (services, names):
        page = await answer(Request(f"digest {command} {text}", now(), user=steward, names=names), services)
    said = {**page.data, "asker": None}  # The person at the terminal need not be the steward.
    print(words(replace(page, data=said), names))
    return EXIT_PROBLEM if page.template == "problems/problem" else EXIT_DONE


@asynccontextmanager
async def _digest_services(team: str | None, asks_slack: bool = True) -> AsyncIterator[tuple["Services", Names]]:
    from bot.cli.services import open_digests
    from bot.config.settings import load
    from bot.telemetry import configure_logs

    settings = load()
    configure_logs("error", settings.log_format)
    async with open_digests(settings, asks_slack, team) as opened:
        yield opened


def _member_id(text: str) -> str:
    found = MEMBER.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no Slack member id; one looks like U0123456789")
    return found[1]


def _workspace_id(text: str) -> str:
    if not WORKSPACE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no id of a workspace; one looks like T0123456789")
    return text


def _number_of_sends(text: str) -> int:
    if not re.fullmatch("[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_SENDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_SENDS}")
    return int(text)
