"""Who acts, by the payloads that Slack sends, and who is of another company."""

from dataclasses import replace
from typing import Any

import pytest

from bot.slack.asker import Asker, asker_of, is_colleague
from bot.slack.client import Profile, Workspace

ALONE = Workspace("T1", "Ours", "U0", "B0", "devin_metrics", frozenset(), None, enterprise="", org_wide=False)
IN_ORGANIZATION = replace(ALONE, enterprise="E1")
ORG_WIDE = replace(IN_ORGANIZATION, team="E1", org_wide=True)
UNKNOWN = Profile()

COMMAND = {
    "command": "/m",
    "user_id": "U1",
    "team_id": "T1",
    "channel_id": "C1",
    "is_enterprise_install": "false",
}
CLICK = {"user": {"id": "U1", "team_id": "T1"}, "team": {"id": "T1"}, "channel": {"id": "C1"}, "enterprise": None}
IN_ORG_VIEW = {
    "user": {"id": "W1", "team_id": "T2"},
    "team": None,
    "enterprise": {"id": "E1", "name": "Ours"},
    "is_enterprise_install": True,
    "view": {"team_id": "T2"},
}
MENTION = {
    "event_id": "Ev1",
    "team_id": "T1",
    "context_team_id": "T1",
    "is_ext_shared_channel": False,
    "authorizations": [{"enterprise_id": None, "team_id": "T1", "user_id": "U0", "is_bot": True}],
    "event": {"type": "app_mention", "user": "U1", "team": "T1", "channel": "C1", "text": "<@U0> last 7d"},
}
FROM_OUTSIDE = {
    "event_id": "Ev2",
    "team_id": "T9",
    "context_team_id": "T1",
    "is_ext_shared_channel": True,
    "authorizations": [{"enterprise_id": "E1", "team_id": "T1", "user_id": "U0", "is_bot": True}],
    "event": {"type": "app_mention", "user": "U9", "team": "T1", "user_team": "T9", "channel": "C1"},
}


@pytest.mark.parametrize(
    ("payload", "asker"),
    [
        (COMMAND, Asker("U1", "T1", channel="C1", command="/m")),
        (
            {**COMMAND, "team_id": "T2", "enterprise_id": "E1"},
            Asker("U1", "T2", "E1", channel="C1", command="/m"),
        ),
        (CLICK, Asker("U1", "T1", account="T1", channel="C1")),
        ({**CLICK, "channel": None, "container": {"channel_id": "D1"}}, Asker("U1", "T1", account="T1", channel="D1")),
        ({**CLICK, "channel": None, "container": {"type": "view"}}, Asker("U1", "T1", account="T1")),
        (IN_ORG_VIEW, Asker("W1", "T2", "E1", account="T2")),
        ({**CLICK, "view": {"app_installed_team_id": "T3"}}, Asker("U1", "T3", account="T1", channel="C1")),
        ({**CLICK, "view": {"app_installed_team_id": "E1"}}, Asker("U1", "T1", account="T1", channel="C1")),
        (MENTION, Asker("U1", "T1", account="T1", channel="C1", shared=False, event="Ev1")),
        (FROM_OUTSIDE, Asker("U9", "T1", "E1", account="T9", channel="C1", shared=True, event="Ev2")),
        ({}, Asker("", "")),
    ],
)
def test_a_payload_tells_who_acts_where(payload: dict[str, Any], asker: Asker) -> None:
    assert asker_of(payload) == asker


@pytest.mark.parametrize(
    ("asker", "profile", "workspace", "colleague"),
    [
        # The payload tells the workspace of the account.
        (Asker("U1", "T1", account="T1"), UNKNOWN, ALONE, True),
        (Asker("U1", "T1", account="T9"), UNKNOWN, ALONE, False),
        (Asker("U1", "T1", account="T9"), Profile(team="T1"), ALONE, False),
        (Asker("U9", "T1", account="T1"), Profile(team="T9"), ALONE, False),
        # It does not: the profile tells it, else the workspace in which they act.
        (Asker("U1", "T1"), Profile(team="T9"), ALONE, False),
        (Asker("U1", "T9"), Profile(team="T1"), ALONE, True),
        (Asker("U1", "T1"), UNKNOWN, ALONE, True),
        (Asker("U1", "T9"), UNKNOWN, ALONE, False),
        # In an organization, all its workspaces are of one company.
        (Asker("W1", "T2", "E1"), UNKNOWN, IN_ORGANIZATION, True),
        (Asker("W1", "T2", "E1", account="T2"), UNKNOWN, IN_ORGANIZATION, True),
        (Asker("W1", "T1", "E1", account="T2"), Profile(team="T2", enterprise="E1"), IN_ORGANIZATION, True),
        (Asker("W1", "T1", "E1", account="T2"), UNKNOWN, IN_ORGANIZATION, True),
        (Asker("U9", "T1", "E1", account="T9"), Profile(team="T9"), IN_ORGANIZATION, False),
        (Asker("U9", "T1", "E1", account="T9"), Profile(team="T9", enterprise="E9"), IN_ORGANIZATION, False),
        (Asker("U9", "T9", "E9", account="T9"), UNKNOWN, IN_ORGANIZATION, False),
        (Asker("U9", "T9", account="T9"), UNKNOWN, IN_ORGANIZATION, False),
        # Some events tell the organization instead of the workspace.
        (Asker("W1", "T1", "E1", account="E1"), UNKNOWN, IN_ORGANIZATION, True),
        (Asker("W9", "T1", "E1", account="E9"), UNKNOWN, IN_ORGANIZATION, False),
        (Asker("W9", "T1", account="E9"), UNKNOWN, ALONE, False),
        (Asker("W1", "T2", "E1"), UNKNOWN, ORG_WIDE, True),
        (Asker("W1", "T2", "E1", account="T2"), UNKNOWN, ORG_WIDE, True),
        (Asker("U9", "T9", "E9"), UNKNOWN, ORG_WIDE, False),
    ],
)
def test_who_is_of_another_company(asker: Asker, profile: Profile, workspace: Workspace, colleague: bool) -> None:
    assert is_colleague(asker, profile, workspace) == colleague
