"""Reads the moment in a header of an HTTP answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def answered_at(headers: Mapping[str, str]) -> datetime | None:
    """When the other end answered, by its own clock: RFC 9110, section 6.6.1. None where it does not say."""
    named = {name.casefold(): value for name, value in headers.items()}
    try:
        moment = parsedate_to_datetime(str(named["date"]))
    except (KeyError, TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
