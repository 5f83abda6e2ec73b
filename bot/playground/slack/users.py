"""Serves `users.info`."""

from zoneinfo import ZoneInfo

from bot.playground.slack.organizations import enterprise_of, is_external, is_stranger, organization, team_of
from bot.playground.slack.payloads import Json
from bot.playground.slack.records import User
from bot.playground.slack.workspace import Refused, StandinWorkspace


def users_info(workspace: StandinWorkspace, arguments: Json) -> Json:
    """`users.info`; of another company's people it tells less: docs.slack.dev, "Understanding Slack Connect"."""
    user_id = str(arguments.get("user", ""))
    if user_id not in workspace.users:
        raise Refused("user_not_found")
    user, shown = workspace.users[user_id], _profile(workspace, user_id)
    if is_stranger(workspace, user_id):
        return {"user": shown | {"is_stranger": True}}
    shown |= _account(user) | _enterprise_user(workspace, user_id)
    external = is_external(workspace, user_id)
    if not external or workspace.lenient:  # The page's example has no zone, and its text speaks of the locale only.
        shown |= _zone(workspace, user)
    # The SDK sends a true as 1.
    wanted = str(arguments.get("include_locale", "")).lower() in {"1", "true"}
    if wanted and user.locale is not None and not external:
        shown["locale"] = user.locale
    return {"user": shown}


def _profile(workspace: StandinWorkspace, user_id: str) -> Json:
    user, team = workspace.users[user_id], team_of(workspace, user_id)
    real_name = user.name.title() if user.real_name is None else user.real_name
    profile = {"real_name": real_name, "display_name": user.display_name, "team": team}
    return {"id": user_id, "team_id": team, "name": user.name, "real_name": real_name, "profile": profile}


def _account(user: User) -> Json:
    guest = {"is_restricted": user.is_restricted, "is_ultra_restricted": user.is_ultra_restricted}
    return {"deleted": user.deleted, "is_bot": False, **guest}


def _enterprise_user(workspace: StandinWorkspace, user_id: str) -> Json:
    """What is there of everybody in an organization: docs.slack.dev, "User object"."""
    found = organization(workspace, enterprise_of(workspace, user_id))
    if found is None:
        return {}
    named = {"enterprise_id": found["id"], "enterprise_name": found["name"]}
    teams = [team_of(workspace, user_id)]
    return {"enterprise_user": {"id": user_id, **named, "is_admin": False, "is_owner": False, "teams": teams}}


def _zone(workspace: StandinWorkspace, user: User) -> Json:
    if user.tz is None:
        return {}
    local = workspace.clock().astimezone(ZoneInfo(user.tz))
    offset = local.utcoffset()
    assert offset is not None
    return {"tz": user.tz, "tz_label": local.tzname(), "tz_offset": int(offset.total_seconds())}
