"""Reads from a payload of Slack's who acts, in which workspace, and whether they belong to the bot's company."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.slack.client import Profile, Workspace

Payload = Mapping[str, Any]


class Asker(NamedTuple):
    """Who acts, by Slack's ids.

    `team` is the workspace in which the app was reached, `enterprise` that workspace's organization. `account` is the
    workspace of the user's account, or its organization (`E…`), as some events have it; None where the payload does not
    tell, as those of commands. `shared` is whether the channel is shared with another company, where an event tells;
    `event` is its id, and `command` the name by which a command was called.
    """

    user: str
    team: str
    enterprise: str | None = None
    account: str | None = None
    channel: str | None = None
    shared: bool | None = None
    event: str | None = None
    command: str | None = None


def asker_of(payload: Payload) -> Asker:
    """Who acts, by the payload of a command, an interaction or an event. What a payload leaves out is empty."""
    event = payload.get("event")
    if isinstance(event, Mapping):
        return _of_event(payload, event)
    user = payload.get("user")
    if isinstance(user, Mapping):
        return _of_interaction(payload, user)
    return Asker(
        user=_text(payload.get("user_id")),
        team=_text(payload.get("team_id")),
        enterprise=payload.get("enterprise_id") or None,
        channel=payload.get("channel_id") or None,
        command=payload.get("command") or None,
    )


def _of_event(payload: Payload, event: Payload) -> Asker:
    # In a channel that companies share, the installation is that of `authorizations` (docs.slack.dev, "Events API"),
    # which has no workspace where the app is installed for an organization: bolt-python, test_events_org_apps.py.
    installed: Payload = next(iter(payload.get("authorizations") or ()), {})
    return Asker(
        user=_text(event.get("user")),
        team=_text(installed.get("team_id") or payload.get("team_id")),
        enterprise=installed.get("enterprise_id") or payload.get("enterprise_id") or None,
        # `user_team` stands there where the account is of another workspace: slackapi/bolt-python,
        # `slack_bolt/request/internals.py`, which also says that it may be the id of an organization.
        account=event.get("user_team") or event.get("team") or None,
        channel=event.get("channel") or None,
        shared=payload.get("is_ext_shared_channel"),
        event=payload.get("event_id") or f"{event.get('channel')} {event.get('ts')}",
    )


def _of_interaction(payload: Payload, user: Payload) -> Asker:
    team, view, account = payload.get("team") or {}, payload.get("view") or {}, user.get("team_id")
    enterprise = payload.get("enterprise") or {}
    place = payload.get("channel") or {}
    # An app that is installed for an organization gets `"team": null` with some views, and the organization's id in
    # place of the workspace's: bolt-python, as above.
    known = [one for one in (view.get("app_installed_team_id"), team.get("id"), view.get("team_id"), account) if one]
    return Asker(
        user=_text(user.get("id")),
        team=_text(next((one for one in known if one.startswith("T")), next(iter(known), None))),
        enterprise=enterprise.get("id") or team.get("enterprise_id") or None,
        account=account or None,
        channel=place.get("id") or (payload.get("container") or {}).get("channel_id") or None,
    )


def is_colleague(asker: Asker, profile: Profile, workspace: Workspace) -> bool:
    """Whether a user belongs to the company of the bot's workspace: to that workspace, or to its organization.

    The payload and the profile may each say yes or no: one no is enough to refuse, else one yes to accept. Where
    neither says anything, the workspace in which the user acts decides, or its organization.
    """
    ours = {workspace.team, workspace.enterprise} - {""}
    told = {_told_by_payload(asker, ours, workspace), _told_by_profile(profile, ours)}
    if told != {None}:
        return False not in told
    return asker.enterprise in ours or (asker.account is None and asker.team in ours)


def _told_by_payload(asker: Asker, ours: set[str], workspace: Workspace) -> bool | None:
    """By the account's workspace. Another one may be part of the same organization, which a payload does not say."""
    if asker.account is None:
        return None
    if asker.account in ours:
        return True
    return None if workspace.enterprise and not asker.account.startswith("E") else False


def _told_by_profile(profile: Profile, ours: set[str]) -> bool | None:
    return None if profile.team is None else profile.team in ours or profile.enterprise in ours


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
