"""Wrong input: each gets a clear sentence with a way out, nothing crashes and nothing is ignored."""

import pytest

from bot.app import open_services, sample_services
from bot.commands.answer import COMMANDS, answer
from bot.config.settings import Settings
from bot.devin import Counts
from bot.messages.message import Message
from bot.messages.render import render
from bot.problems import Problem
from bot.queries.request import Account, Aliases, Request
from tests.asking import AT, BEFORE, NOW, Told, ask, message, services

V2 = Account("v2-enterprise", orgs=Aliases({"Payments": "org-1"}))
MANY = Account("v3-enterprise", orgs=Aliases({f"Team {number}": f"org-{number}" for number in range(70)}))
ONE_ORG = Account("v3-organization", own_org="org-1", orgs=Aliases({"Payments": "org-1", "Search": "org-2"}))

TEXTS = [
    ("lst", "unknown-word", "Did you mean “last 7d”?"),
    ("lst 7d org=payments", "unknown-word", "Did you mean “last 7d org=payments”?"),
    ("paymnts", "unknown-word", "Did you mean “last 7d org=Payments”?"),
    ("hlep", "unknown-word", "Did you mean “help”?"),
    ("last 7d 🎉", "unknown-word", "“🎉” is not a word this command knows."),
    ("last\u200f 7d \u202etxet\u202c", "unknown-word", "“txet” is not a word this command knows."),
    ("la\x00st\x07 7d", "unknown-word", "“la st” is not a phrase"),
    ("cog_abcdefghijklmnop", "unknown-word", "“cog_…” is not a word"),
    ("x" * 200, "unknown-word", "xxx…”"),
    ("x" * 2000, "text-too-long", "2,000 characters, and 1,500 are read at most"),
    ("orgs=payments", "unknown-key", "Did you mean “org=”?"),
    ("wibble=1", "unknown-key", "What can stand before an equals sign: “org”"),
    ("org=", "no-value", "“org=payments,search”"),
    ("playbook=a,b", "two-values", "two: “a” and “b”"),
    ("vs=lastyear", "not-a-choice", "It can be “previous”, “year”, or “none”."),
    ("by=team", "not-a-choice", "“day”, “week”"),
    ("lang=xx", "not-a-choice", "It can be “en”, "),
    ("top=0", "bad-top", "from 1 to 100"),
    ("top=5", "top-of-what", "It goes with “by=org”, “by=origin”, or “by=size”"),
    ("last 12w by=week top=5", "top-of-time", "ask for the last ones: “last 5w”"),
    ("last 61d by=day vs=none", "too-many-calls", "would take 62 calls to Devin, and one answer may take 60."),
    ("last 61d by=day", "too-many-calls", "split it by longer ones: “by=week” or “by=month”"),
    ("last 60w by=week", "too-many-calls", "by longer ones: “by=month”"),
    ("last 7d this week", "two-periods", "“last 7d” and “this week”"),
    ("2026-02-30", "no-such-date", "The calendar has no “2026-02-30”."),
    ("q7 2026", "no-such-date", "The calendar has no “2026-q7”."),
    ("last 0d", "period-zero", "“last 1d”, which is yesterday"),
    ("last 9999d", "period-too-long", "“last 9999d” is longer than three years"),
    ("2022", "period-before-2023", "begins before 2023"),
    ("2026-10-31..2026-10-01", "period-reversed", "“2026-10-01..2026-10-31”"),
    ("2027-01", "period-future", "begins on Jan 1, 2027, and today is Nov 20, 2026"),
    ("9999-12-31", "period-future", "lies in the future"),
    ("tz=Berlin", "unknown-zone", "Did you mean “tz=Europe/Berlin”?"),
    ("tz=Mars/Olympus", "unknown-zone", "Zones are written as region and city"),
    ("org=paymets", "unknown-org", "Did you mean “org=Payments”?"),
    ('org="<!channel> & *x*"', "unknown-org", "“<!channel> & *x*”"),
    ("user=<@U0123|nick>", "unknown-user", '“"U0123" = "user-…"”'),
    ("user=<mailto:a@b.example|a@b.example>", "unknown-user", "“[users]”"),
    ("service_user=ci", "unknown-service-user", "“[service_users]”"),
    ("playbook=upgrade", "unknown-playbook", "“[playbooks]”"),
    ("org=all,payments", "all-and-others", "“org=payments”"),
    ("user=me", "nobody-asks", "works in Slack"),
    ("help metrics", "unknown-topic", "“periods”, “filters”"),
    ("why shiprate", "unknown-metric", "Did you mean “why ship-rate”?"),
    ("why", "which-metric", "“acus-per-shipped”"),
    ("orgs payments", "orgs-alone", "“org=payments”"),
]


@pytest.mark.parametrize(("text", "key", "words"), TEXTS, ids=[f"{key}-{n}" for n, (_, key, _) in enumerate(TEXTS)])
async def test_a_wrong_text_gets_words_with_a_way_out_and_no_call(text: str, key: str, words: str) -> None:
    devin = Told()
    page = await answer(Request(text, AT), services(devin))
    problem = page.data["problem"]
    assert isinstance(problem, Problem)
    assert problem.key == key
    said = render(page).text
    assert words in said
    assert len(said.splitlines()) >= 2
    assert devin.cells == []


@pytest.mark.parametrize(
    ("text", "account", "key", "words"),
    [
        ("playbook=playbook-1", V2, "not-with-this-key", "cannot filter by “playbook=”"),
        ("by=size", V2, "not-with-this-key", "cannot split them with “by=size”.\nIt can with “by=day”"),
        ("playbook=playbook-1 by=origin", V2, "not-with-this-key", "filter by “playbook=”. This bot’s key (v2) counts"),
        ("by=org", Account("v3-enterprise"), "no-organizations", "Name some by their Devin ids"),
        ("by=org", MANY, "too-many-calls", "or leave out the comparison (“vs=none”)"),
        ("by=org vs=none", MANY, "too-many-calls", "Name fewer organizations: “org=…”."),
        ("service_user=service-user-1", V2, "not-with-this-key", "cannot filter by “service_user=”"),
        (
            "org=search",
            ONE_ORG,
            "not-this-organization",
            "belongs to one organization (“org-1”) and cannot see “Search”",
        ),
        ("org=seach", ONE_ORG, "unknown-org", "Did you mean “org=Search”?"),
    ],
)
async def test_what_this_key_cannot_see_is_said_and_not_dropped(
    text: str, account: Account, key: str, words: str
) -> None:
    page = await ask(text, account=account)
    problem = page.data["problem"]
    assert isinstance(problem, Problem)
    assert problem.key == key
    assert words in render(page).text


async def test_an_org_with_quotes_in_its_name_is_asked_for_in_quotes() -> None:
    account = Account("v3-enterprise", orgs=Aliases({'O\'Brien "Q"': "org-1", "<!channel> & *x*": "org-2"}))
    assert 'O\'Brien "Q": 184 sessions' in await message(r'''org="O'Brien \"Q\""''', NOW, BEFORE, account=account)
    assert "<!channel> & *x*: 184" in await message('org="&lt;!channel&gt; &amp; *x*"', NOW, BEFORE, account=account)


async def test_at_midnight_a_day_has_just_begun() -> None:
    said = await message("today", at=AT.replace(hour=0, minute=0, second=20))
    assert "That period has only just begun, Fri, Nov 20, 12:00 AM (America/New_York)." in said


DEVIN = {"tries": 3, "status": 503, "source": "v3-enterprise", "orgs": (), "detail": None, "seconds": None}


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (Problem("devin-unauthorized", **DEVIN), "does not accept this bot’s key."),
        (Problem("devin-forbidden", **{**DEVIN, "source": "v2-enterprise"}), "must belong to an enterprise admin"),
        (Problem("devin-forbidden", **{**DEVIN, "detail": "no <role>"}), "Devin’s own words: no <role>"),
        (
            Problem("devin-not-found", **{**DEVIN, "detail": "Not Found"}),
            "“DEVIN_ORG_ID”.\nDevin answered 404. Devin’s own words: Not Found",
        ),
        (
            Problem("devin-rejected", **{**DEVIN, "status": 422, "detail": "time_after"}),
            "update it.\nDevin answered 422. Devin’s own words: time_after",
        ),
        (Problem("devin-busy", **DEVIN), "Ask again in a few minutes. 3 tries were made."),
        (Problem("devin-busy", **{**DEVIN, "seconds": 90.0}), "ask again in 2 minutes"),
        (
            Problem("devin-down", **DEVIN),
            "as it should. Your question was fine; no number was guessed.\n"
            "Ask again in a few minutes. 3 tries were made. Devin answered 503.",
        ),
        (Problem("devin-slow", tries=3, seconds=10), "within 10 seconds"),
        (Problem("devin-unreachable", tries=3, host="api.devin.ai"), "No connection to Devin’s API at “api.devin.ai”"),
        (Problem("devin-broke-off", tries=3), "broke off in the middle"),
        (Problem("devin-garbled", tries=1), "a proxy or a sign-in page"),
        (Problem("devin-odd-answer", field="sessions_created_count"), "“sessions_created_count”"),
        (Problem("devin-redirect", tries=1, host="elsewhere.example"), "sends this bot on to “elsewhere.example”"),
    ],
    ids=lambda value: value.key if isinstance(value, Problem) else "",
)
async def test_each_failure_of_devin_has_words(problem: Problem, words: str) -> None:
    assert words in await message("last 7d", problem, problem)


async def test_a_bug_gives_the_reader_a_reference_and_the_log_a_traceback_with_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = await message("last 7d", ZeroDivisionError("a bug"), Counts())
    assert said.startswith("Something went wrong inside this bot. Your question was fine.")
    reference = said.rsplit("“", 1)[1][:6]
    logged = capsys.readouterr().out
    assert reference in logged
    assert "ZeroDivisionError" in logged


async def test_a_problem_speaks_the_language_that_the_text_asks_for() -> None:
    assert (await ask("lst lang=JA")).lang == "ja"
    assert (await ask("lst")).lang == "en"


async def test_every_problem_is_a_message_that_slack_takes() -> None:
    for text, _, _ in TEXTS:
        assert isinstance(render(await ask(text)), Message)


@pytest.mark.parametrize("command", ["why", "help", "orgs", "org=", "tz=", ""])
async def test_a_typed_key_is_echoed_by_no_command(command: str) -> None:
    said = await message(f"{command} cog_abcdefghijk/x=".replace("= ", "="))
    assert "abcdefghijk" not in said


@pytest.mark.usefixtures("nothing_set")
@pytest.mark.parametrize("command", COMMANDS)
async def test_a_command_that_is_nearly_typed_is_suggested_whichever_it_is(command: str) -> None:
    async with open_services(Settings()) as as_set_up:
        for asked in (as_set_up, sample_services(AT)):
            problem = (await answer(Request(f"{command}x", AT), asked)).data["problem"]
            assert str(problem) == str(Problem("unknown-word", word=f"{command}x", nearest=command))
