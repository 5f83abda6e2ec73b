"""Whether a response URL is one of Slack's: with a signing secret that has leaked, a payload may name any host."""

import re
from urllib.parse import urlsplit

from bot.config.settings import LOOPBACK

HOOKS = "hooks.slack.com"  # docs.slack.dev, "Handling user interaction".
# No name before the host and no backslash: what parsers read in different ways is no address of Slack's.
ADDRESS = re.compile(r"(https?)://([a-z0-9.-]+|\[::1\])(?::(\d{1,5}))?(?:[/?][!-\[\]-~]*)?", re.ASCII | re.IGNORECASE)


def is_slacks(url: str, api_url: str) -> bool:
    """Whether a response URL stands at Slack's host for them or at that of SLACK_API_URL: at any port of this machine,
    elsewhere over https at the same port.
    """
    found = ADDRESS.fullmatch(url)
    if not found:
        return False
    scheme, host = found[1].casefold(), found[2].strip("[]").casefold()
    api = urlsplit(api_url)
    if host in LOOPBACK:
        return host == api.hostname
    at = (host, int(found[3] or 443))
    return scheme == "https" and at in {(HOOKS, 443), (api.hostname, api.port or 443)}
