"""Tells which workspace and organization a user acts from, as Slack's payloads do.

Another company's people are in channels that are shared with it: docs.slack.dev, "Understanding Slack Connect".
"""

from bot.playground.slack.payloads import Json
from bot.playground.slack.workspace import StandinWorkspace


def team_of(workspace: StandinWorkspace, user: str) -> str:
    """The workspace that a user belongs to."""
    known = workspace.users.get(user)
    return (known and known.team_id) or workspace.team_id


def enterprise_of(workspace: StandinWorkspace, user: str) -> str | None:
    """The organization that a user's workspace is part of, if it is part of one."""
    if team_of(workspace, user) == workspace.team_id:
        return workspace.enterprise_id
    return workspace.users[user].enterprise_id


def is_external(workspace: StandinWorkspace, user: str) -> bool:
    """Whether a user belongs to another company: neither to this workspace nor to another one of its organization."""
    elsewhere = team_of(workspace, user) != workspace.team_id
    return elsewhere and (workspace.enterprise_id is None or enterprise_of(workspace, user) != workspace.enterprise_id)


def is_stranger(workspace: StandinWorkspace, user: str) -> bool:
    """Whether a user of another company is in none of the shared channels that the bot is in."""
    shared = (channel for channel in workspace.channels.values() if channel.is_ext_shared and channel.is_member)
    return is_external(workspace, user) and not any(channel.has(user) for channel in shared)


def organization(workspace: StandinWorkspace, enterprise_id: str | None) -> Json | None:
    """An organization with its name, as `enterprise` of an interaction has it."""
    if enterprise_id is None:
        return None
    own = enterprise_id == workspace.enterprise_id
    return {"id": enterprise_id, "name": workspace.enterprise_name if own else "Elsewhere"}


def user_fields(workspace: StandinWorkspace, user: str) -> Json:
    """The `user` of an interaction."""
    name = workspace.users[user].name
    return {"id": user, "username": name, "name": name, "team_id": team_of(workspace, user)}


def command_origin(workspace: StandinWorkspace, user: str, team: str | None) -> Json:
    """What a command tells of where it was typed: text, as all of its form."""
    team = team or team_of(workspace, user)
    return {
        "team_id": team,
        "team_domain": _domain(workspace, team),
        **_enterprise_fields(workspace, enterprise_of(workspace, user)),
        "is_enterprise_install": "true" if workspace.is_enterprise_install else "false",
    }


def interaction_origin(workspace: StandinWorkspace, user: str, team: str | None) -> Json:
    """What an interaction tells of where it was made.

    The team is the user's, in a channel that is shared, too; where the app is installed in a whole organization there
    is none: slack_bolt/request/internals.py, `extract_team_id`. Its fields: bolt-python, test_view_submission.py.
    """
    enterprise = enterprise_of(workspace, user)
    team = team or team_of(workspace, user)
    described = {"id": team, "domain": _domain(workspace, team), **_enterprise_fields(workspace, enterprise)}
    return {
        "team": None if workspace.is_enterprise_install else described,
        "enterprise": organization(workspace, enterprise),
        "is_enterprise_install": workspace.is_enterprise_install,
    }


def _enterprise_fields(workspace: StandinWorkspace, enterprise_id: str | None) -> Json:
    found = organization(workspace, enterprise_id)
    return {"enterprise_id": found["id"], "enterprise_name": found["name"]} if found else {}


def _domain(workspace: StandinWorkspace, team: str) -> str:
    return "standin" if team == workspace.team_id else team.lower()
