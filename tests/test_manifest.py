"""The Slack app's manifest, which one source makes for both ways of connecting."""

import json
import re
from itertools import chain
from pathlib import Path

import pytest
import yaml

from bot.cli.main import main
from bot.slack.forms.build import BUILD
from bot.slack.forms.digest import DIGEST
from bot.slack.manifest import OPTIONAL, REQUIRED, manifest

ROOT = Path(__file__).parent.parent
# The scopes that each call needs (docs.slack.dev, on the method's page), for the kinds of channels that digests go to.
SCOPES = {
    "auth_test": [],
    "chat_delete": ["chat:write"],
    "chat_postEphemeral": ["chat:write"],
    "chat_update": ["chat:write"],
    "chat_postMessage": ["chat:write"],
    "views_publish": [],
    "users_info": ["users:read"],
    "conversations_info": ["channels:read", "groups:read"],
    "conversations_history": ["channels:history", "groups:history"],
    "conversations_replies": ["channels:history", "groups:history"],
    "apps_connections_open": [],
    "files_getUploadURLExternal": ["files:write"],
    "files_completeUploadExternal": ["files:write"],
    "views_open": [],
    "views_update": [],
}
# The events that need a scope: docs.slack.dev, the pages of each.
EVENTS = {"app_mention": "app_mentions:read", "message.im": "im:history"}


def test_the_file_at_the_top_is_the_manifest_for_socket_mode() -> None:
    assert yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8")) == manifest()


def test_the_command_prints_it_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest"]) == 0
    assert json.loads(capsys.readouterr().out) == manifest()


def test_signed_http_has_one_address_for_commands_clicks_and_events(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "--http", "https://bot.example/"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["features"]["slash_commands"][0]["url"] == "https://bot.example/slack/events"
    assert made["settings"]["interactivity"]["request_url"] == "https://bot.example/slack/events"
    assert made["settings"]["event_subscriptions"]["request_url"] == "https://bot.example/slack/events"
    assert made["settings"]["socket_mode_enabled"] is False


@pytest.mark.parametrize("connection", [[], ["--http", "https://bot.example"]])
def test_for_a_whole_organization_one_thing_is_different(
    connection: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["manifest", *connection]) == 0
    one = json.loads(capsys.readouterr().out)
    assert main(["manifest", "--org-wide", *connection]) == 0
    everywhere = json.loads(capsys.readouterr().out)
    assert (one["settings"]["org_deploy_enabled"], everywhere["settings"]["org_deploy_enabled"]) == (False, True)
    one["settings"]["org_deploy_enabled"] = True
    assert everywhere == one
    assert everywhere["features"]["bot_user"]["display_name"]  # Without a bot user Slack refuses an org-wide app.


@pytest.mark.parametrize("url", ["http://bot.example", "bot.example", ""])
def test_http_without_tls_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "--http", url]) == 2
    assert "“--http” must begin with https://" in capsys.readouterr().err


def test_the_command_can_have_another_name(capsys: pytest.CaptureFixture[str]) -> None:
    usual = manifest("https://bot.example")["features"]["slash_commands"]
    assert main(["manifest", "--command", "/metrics", "--http", "https://bot.example"]) == 0
    made = json.loads(capsys.readouterr().out)["features"]["slash_commands"]
    assert made == [{**usual[0], "command": "/metrics"}]
    assert made[0]["usage_hint"] == "last 7d org=payments"
    assert manifest(name="/" + 31 * "m")


@pytest.mark.parametrize("name", ["metrics", "/Metrics", "/two words", "/", "", "/métricas", "/m\n", "/" + 32 * "m"])
def test_a_name_that_slack_does_not_take_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "--command", name]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "A name is a slash and lower case letters" in printed.err


def test_the_scopes_are_those_of_the_calls_that_the_code_makes() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "bot" / "slack").glob("*.py"))
    called = set(re.findall(r"\bclient\.([a-z]+_[a-zA-Z_]+)\(", code)) - {"connect_to_new_endpoint", "is_connected"}
    assert called == set(SCOPES)
    assert {"commands", *chain.from_iterable(SCOPES.values()), *EVENTS.values()} == {*REQUIRED, *OPTIONAL}


def test_no_call_lists_channels_or_people() -> None:
    """Complaint 15: a list of a large workspace's channels times out, and lacks some."""
    assert not [call for call in SCOPES if call.endswith("_list")]


def test_every_shortcut_opens_a_form() -> None:
    shortcuts = manifest()["features"]["shortcuts"]
    assert [shortcut["callback_id"] for shortcut in shortcuts] == [BUILD.name, DIGEST.name]
    assert all(len(shortcut["name"]) <= 24 and len(shortcut["description"]) <= 150 for shortcut in shortcuts)


def test_what_the_bot_can_do_without_is_optional() -> None:
    scopes = manifest()["oauth_config"]["scopes"]
    assert set(scopes["bot"]) - set(scopes["bot_optional"]) == {"commands", "chat:write"}


def test_mentions_come_as_ids() -> None:
    assert manifest()["features"]["slash_commands"][0]["should_escape"] is True


def test_the_app_has_a_home_and_hears_when_it_is_opened_and_what_is_said_to_it() -> None:
    made = manifest()
    assert made["features"]["app_home"]["home_tab_enabled"] is True
    assert made["features"]["app_home"]["messages_tab_read_only_enabled"] is False
    assert made["settings"]["event_subscriptions"] == {"bot_events": ["app_home_opened", *EVENTS]}
