"""The type of Slack's JSON objects."""

from typing import Any

Json = dict[str, Any]
