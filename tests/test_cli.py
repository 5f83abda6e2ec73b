"""The commands, from their arguments to what they print and their exit code."""

import asyncio
import json
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import __version__
from bot.cli.main import main
from bot.playground.devin.standin import DevinFault, devin_standin

pytestmark = pytest.mark.usefixtures("nothing_set")

AT = ["--at", "2026-11-20T14:05-05:00", "--tz", "America/New_York"]
SAMPLE = ["ask", "--sample", *AT]


def test_the_sample_answers_without_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SAMPLE, "last", "week", "org=payments"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Payments: ")
    assert "These numbers are made up" in said


def test_the_same_text_and_moment_give_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SAMPLE, "last 7d"])
    first = capsys.readouterr().out
    main([*SAMPLE, "last 7d"])
    assert capsys.readouterr().out == first


def test_json_has_windows_with_offsets_figures_and_caveats(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SAMPLE, "last 7d org=payments", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["query", "window", "previous", "as_of", "figures", "rows", "caveats"]
    assert document["query"] == "last 7d org=payments"
    assert document["window"] == {
        "after": "2026-11-13T00:00:00-05:00",
        "before": "2026-11-20T00:00:00-05:00",
        "tz": "America/New_York",
        "state": "complete",
    }
    assert document["as_of"] == "2026-11-20T14:05:00-05:00"
    assert set(document["figures"]["ship_rate"]) == {"value", "previous", "n"}
    assert 0 < document["figures"]["ship_rate"]["value"] < 1
    assert {"key": "made-up", "text": "These numbers are made up: a sample enterprise."} in document["caveats"]


def test_json_without_a_comparison_has_null_beside_each_figure(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SAMPLE, "today vs=none", "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    assert document["previous"] is None
    assert document["window"]["state"] == "running"
    assert document["figures"]["sessions"]["previous"] is None


def test_csv_has_a_row_for_each_figure(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SAMPLE, "last 7d", "--format", "csv"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "row,label,after,before,figure,value,previous,n"
    assert lines[1].startswith("total,,2026-11-13T00:00:00-05:00,2026-11-20T00:00:00-05:00,sessions,")
    assert len(lines) == 10


def test_a_split_has_rows_in_json_and_in_csv(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SAMPLE, "last 2w by=week", "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    assert [list(row) for row in document["rows"]] == [["key", "label", "after", "before", "figures"]] * 2
    first, last = document["rows"]
    assert (first["key"], first["label"]) == ("2026-11-02", "Nov 2 – 8")
    assert (first["after"], first["before"]) == ("2026-11-02T00:00:00-05:00", "2026-11-09T00:00:00-05:00")
    assert list(first["figures"]) == list(document["figures"])
    counts = [row["figures"]["sessions"]["value"] for row in (first, last)]
    assert sum(counts) == document["figures"]["sessions"]["value"]
    main([*SAMPLE, "last 2w by=week", "--format", "csv"])
    lines = capsys.readouterr().out.splitlines()
    assert f"2026-11-02,Nov 2 – 8,{first['after']},{first['before']},sessions,{counts[0]},," in lines
    assert len(lines) == 1 + 3 * 9


def test_csv_has_of_each_row_what_devin_tells_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SAMPLE, "last 7d by=size", "--format", "csv"])
    lines = capsys.readouterr().out.splitlines()[10:]
    assert [line.partition(",2026")[0] for line in lines[::3]] == ["xs,XS", "s,S", "m,M", "l,L", "xl,XL"]
    assert [line.split(",")[4] for line in lines[:3]] == ["sessions", "shipped", "ship_rate"]


def test_the_command_csv_prints_the_same_csv(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SAMPLE, "last 2w by=week", "--format", "csv"])
    printed = capsys.readouterr().out
    assert main([*SAMPLE, "csv last 2w by=week"]) == 0
    assert capsys.readouterr().out == printed


def test_the_terminal_shows_rows_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SAMPLE, "last 3w by=week"])
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if " ACUs" in line and "shipped (" in line]
    assert [row[:16].rstrip() for row in rows] == ["Nov 9 – 15:", "Nov 2 – 8:", "Oct 26 – Nov 1:"]
    assert len({row.index(" sessions") for row in rows}) == 1
    assert len({row.index(" shipped") for row in rows}) == 1


def test_blocks_are_a_message_as_slack_takes_it(capsys: pytest.CaptureFixture[str]) -> None:
    main([*SAMPLE, "last 7d", "--format", "blocks"])
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["text", "blocks"]
    assert [block["type"] for block in document["blocks"]] == [
        "header",
        "context",
        "section",
        "rich_text",
        "context",
        "context",
    ]


@pytest.mark.parametrize(
    ("style", "printed"),
    [
        ("text", "“lst” is not a word"),
        ("json", '"problem": "unknown-word"'),
        ("csv", "problem,text\nunknown-word,"),
        ("blocks", '"blocks": ['),
    ],
)
def test_a_problem_is_printed_in_the_asked_format_and_exits_with_1(
    capsys: pytest.CaptureFixture[str], style: str, printed: str
) -> None:
    assert main([*SAMPLE, "lst", "--format", style]) == 1
    assert printed in capsys.readouterr().out


def test_help_as_json_is_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "help", "--format", "json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == ["text"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask", "last 7d"], "“DEVIN_API_KEY” is not set."),
        (["ask", "--sample", "--tz", "Berlin"], "Did you mean “tz=Europe/Berlin”?"),
    ],
)
def test_wrong_settings_exit_with_2_on_stderr(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask", "--at", "yesterday"], "write it as 2026-11-20T14:05-05:00"),
        (["ask", "--at", "2026-11-20T14:05"], "has no offset"),
        (["ask", "--format", "xml"], "invalid choice: 'xml'"),
        ([], "required: COMMAND"),
        (["wibble"], "invalid choice: 'wibble'"),
    ],
)
def test_wrong_arguments_exit_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert words in capsys.readouterr().err


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, in the current folder."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "", **environment},
    )


def test_the_console_script_prints_its_version() -> None:
    assert run("--version").stdout == f"devin-metrics {__version__}\n"


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["ask", "help"], ["ask", "why ship-rate"]])
def test_what_asks_nobody_starts_without_http_or_slack(arguments: list[str]) -> None:
    code = (
        "import sys; from bot.cli.main import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        "print([name for name in ('httpx', 'slack_bolt', 'slack_sdk', 'aiohttp') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert printed.stdout.splitlines()[-1] == "[]"


async def ask_standin(
    text: str, *faults: DevinFault, **settings: str
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """The real command asking a stand-in over a real socket: how it ended, and the raw queries that came in."""
    async with devin_standin(lambda: datetime(2026, 11, 20, 19, 5, tzinfo=UTC)) as devin:
        devin.faults.extend(faults)
        environment = {"DEVIN_API_KEY": "cog_test", "DEVIN_API_URL": devin.url, **settings}
        done = await asyncio.to_thread(lambda: run("ask", text, *AT, **environment))
        return done, [f"{request.path}?{request.query}" for request in devin.requests]


@pytest.mark.parametrize(
    ("settings", "text", "query"),
    [
        (
            {"DEVIN_API_KEY": "apk_user_test"},
            "last 7d org=org-payments,org-search user=user-01,user-02",
            "/v2/enterprise/metrics/sessions"
            "?start_date=2026-11-13T05%3A00%3A00%2B00%3A00&end_date=2026-11-20T05%3A00%3A00%2B00%3A00"
            "&org_ids=org-payments&org_ids=org-search&user_ids=user-01&user_ids=user-02",
        ),
        (
            {"DEVIN_ORG_ID": "org-payments"},
            "last 7d org=org-payments user=user-01,user-02 service_user=service-user-ci playbook=playbook-upgrade",
            "/v3/organizations/org-payments/metrics/sessions?time_after=1794546000&time_before=1795150800"
            "&user_ids=user-01&user_ids=user-02&service_user_ids=service-user-ci&playbook_id=playbook-upgrade",
        ),
        (
            {},
            "last 7d org=org-payments,org-search user=user-01,user-02",
            "/v3/enterprise/metrics/sessions?time_after=1794546000&time_before=1795150800"
            "&org_ids=org-payments&org_ids=org-search&user_ids=user-01&user_ids=user-02",
        ),
    ],
    ids=["v2-enterprise", "v3-organization", "v3-enterprise"],
)
async def test_each_endpoint_receives_exactly_what_its_specification_says(
    settings: dict[str, str], text: str, query: str
) -> None:
    done, queries = await ask_standin(text, **settings)
    assert done.returncode == 0
    assert query in queries
    assert len(queries) == 2


async def test_a_refusal_exits_with_1_after_one_try_of_each_call() -> None:
    done, queries = await ask_standin("last 7d org=org-unknown")
    assert done.returncode == 1
    assert done.stdout.startswith("Devin refused this bot’s key for these metrics.")
    assert "“org-unknown”" in done.stdout
    assert 1 <= len(queries) <= 2


async def test_a_key_that_devin_echoes_is_printed_nowhere() -> None:
    echo = DevinFault(status=422, body=b'{"detail": "bad header: Bearer cog_test_secret"}')
    done, _ = await ask_standin("last 7d vs=none", echo, DEVIN_API_KEY="cog_test_secret", LOG_LEVEL="debug")
    assert "bad header: Bearer …" in done.stdout
    assert "test_secret" not in done.stdout + done.stderr


def test_the_database_is_made_and_then_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out.splitlines() == ["The database is up to date now.", "The database was up to date."]


def test_a_database_that_cannot_be_is_told_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://me:secret@host/db")
    assert main(["migrate"]) == 2
    said = capsys.readouterr().err
    assert "“DATABASE_URL” is no address of a database." in said
    assert "secret" not in said


def test_without_its_credentials_the_bot_does_not_start_and_names_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run"]) == 2
    said = capsys.readouterr().err
    assert "“DEVIN_API_KEY”, “SLACK_BOT_TOKEN”, “SLACK_APP_TOKEN”" in said
    assert "“SLACK_APP_TOKEN”: an app-level token" in said


@pytest.mark.parametrize("transport", [[], ["--http", "127.0.0.1:0"]])
def test_with_a_token_that_is_rotated_the_bot_does_not_start(
    transport: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DEVIN_API_KEY", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.setenv(name, "cog_test" if name == "DEVIN_API_KEY" else "xapp-1")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxe.xoxb-1-secret")
    assert main(["run", *transport]) == 2
    said = capsys.readouterr().err
    assert said.startswith("“SLACK_BOT_TOKEN” is a token that is rotated (“xoxe”…)")
    assert "secret" not in said


def test_a_playground_on_a_port_that_is_taken_does_not_start(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["demo", "--port", str(port)]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"The bot cannot listen on “127.0.0.1:{port}”.")
    assert said.out == ""


@pytest.mark.parametrize("port", ["x", "-1", "70000"])
def test_a_port_is_a_number(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["demo", f"--port={port}"])
    assert refused.value.code == 2
    assert "is no port; take a number up to 65535" in capsys.readouterr().err


def test_doctor_exits_with_1_where_something_is_to_be_mended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 1
    assert "✗ Devin key" in capsys.readouterr().out


def test_the_sample_needs_no_settings_and_minds_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main([*SAMPLE, "last 7d"])
    plain = capsys.readouterr().out
    monkeypatch.setenv("DEVIN_API_KEY", "sk-1")
    Path("devin-metrics.toml").write_text("[limits]\nsettle_days = 2\n", "utf-8")
    assert main([*SAMPLE, "last 7d"]) == 0
    assert capsys.readouterr().out == plain


def test_the_sample_refuses_an_organization_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SAMPLE, "org=org-nope"]) == 1
    assert "“org-nope”" in capsys.readouterr().out


def test_what_a_terminal_cannot_show_or_did_not_decode_crashes_nothing() -> None:
    done = run(*SAMPLE, "\udcff", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
