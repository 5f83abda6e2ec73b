"""What can be wrong with a setting that could be read."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.problems import Problem
from bot.queries.spelling import fold, nearest
from bot.queries.zones import zone
from bot.telemetry import redact

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
KEY = re.compile(r"[\w.+/=-]+", re.ASCII)  # What `telemetry.redact` takes for a key; anything else would get past it.
RESERVED = {"all", "me"}


def check_key(key: str, org_id: str | None) -> None:
    """A Devin key of a kind that has metrics, and that the organization's id goes with."""
    if not KEY.fullmatch(key):
        raise Problem("key-odd-character")
    if not key.startswith(("cog_", "apk_user_")):
        raise Problem("key-of-v1" if key.startswith("apk_") else "key-unknown-kind")
    if org_id and key.startswith("apk_user_"):
        raise Problem("org-id-with-v2")


def check_url(name: str, url: str) -> None:
    """A base address: https, or http to this machine; nothing but a host, a port and a path."""
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").encode("idna"), parts.port
    except (ValueError, UnicodeError):
        raise Problem("url-odd", name=name) from None
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise Problem("url-not-https", name=name)
    if not host or parts.username or parts.query or parts.fragment:
        raise Problem("url-odd", name=name)


def check_names(table: str, names: Mapping[str, str]) -> None:
    """Names that cannot be confused: none twice in another case, none that is a word of a command."""
    seen: dict[str, str] = {}
    for name, devin_id in names.items():
        place = f"{table}.{redact(name)[:60]}"
        if not name.strip() or len(name) > 100 or fold(name) in RESERVED:
            raise Problem("name-odd", place=place, reserved=sorted(RESERVED))
        if not devin_id.strip() or devin_id != devin_id.strip() or len(devin_id) > 200:
            raise Problem("id-odd", place=place)
        if fold(name) in seen:
            raise Problem("name-twice", place=place, other=seen[fold(name)])
        seen[fold(name)] = name


def check_defaults(tz: str, org: str | None, orgs: Mapping[str, str]) -> None:
    """A zone that there is, and an organization that has a name or is named by its id."""
    try:
        zone(tz)
    except Problem as problem:
        raise Problem("default-zone-unknown", name=tz, nearest=problem.data["nearest"]) from None
    if org and not org.startswith("org-") and fold(org) not in {fold(name) for name in orgs}:
        raise Problem("default-org-unknown", name=org, nearest=nearest(org, orgs))
