"""Logging, with secrets taken out of every line; the process's randomness."""

import logging
import re
import secrets
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

import structlog

if TYPE_CHECKING:
    import asyncio

log = structlog.get_logger(__name__)

TOLD_EVERY = 60.0  # Seconds.
# What a Devin key or a Slack token looks like; the prefix stays, so that a reader knows which one was meant.
SECRET = re.compile(
    r"(cog_|apk_user_|apk_|xox[a-z]-|xapp-|Bearer +(?=[\w.-]{8})|[?&]ticket=|https?://\S{1,99}/(?:commands|actions)/T)"
    r"[\w.+/=-]+",
    re.ASCII | re.IGNORECASE,
)


def redact(text: str) -> str:
    """The text with every Devin key and Slack token cut down to its prefix and an ellipsis."""
    return SECRET.sub(lambda found: f"{found[1]}…", text)


def reference() -> str:
    """Six characters that stand in a message and in the log line of the same failure."""
    return secrets.token_hex(3)


def log_failure(task: "asyncio.Future[Any]", event: str) -> None:
    """A done callback for a task that is not always awaited: its failure would be told late, and without a name."""
    if not task.cancelled() and (error := task.exception()):
        log.error(event, exc_info=error)


def jitter(seconds: float) -> float:
    """A random wait, so that replicas which start together do not connect together."""
    return seconds * secrets.randbelow(1000) / 1000


class Seldom:
    """What keeps a stranger from filling the log: each thing is told once a minute, with how often it has happened."""

    def __init__(self) -> None:
        self._untold: Counter[str] = Counter()
        self._told_at: dict[str, float] = {}

    def due(self, what: str, at: float) -> int:
        """Counts one more, at a second; how many there were since the last line, 0 where none is due yet."""
        self._untold[what] += 1
        told_at = self._told_at.get(what)
        if told_at is not None and abs(at - told_at) < TOLD_EVERY:  # A clock that is set back makes no line wait.
            return 0
        self._told_at[what] = at
        return self._untold.pop(what)


class _RedactingStream:
    """Writes lines to a stream after `redact`: whatever is logged, by whichever library, passes here."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(redact(text))

    def flush(self) -> None:
        self._stream.flush()


# What Bolt warns of at each start of this bot, which gives it both a client and its own identity on purpose.
MEANT_WARNINGS = {
    "As you gave `client` as well, `token` will be unused.",
    "As `installation_store` or `authorize` has been used, `token` (or SLACK_BOT_TOKEN env variable) will be ignored.",
}


def _ours_or_serious(record: logging.LogRecord) -> bool:
    """Whether a line may be kept. Below a warning only ours: libraries tell of each request and statement, with what
    people asked in it, and a list of such libraries would always lack one.
    """
    if record.name.partition(".")[0] == "bot":
        return True
    return record.levelno >= logging.WARNING and record.getMessage() not in MEANT_WARNINGS


def configure_logs(level: str, style: str | None) -> None:
    """Sends all logs, ours and the libraries', to stderr, as `text` or `json` (None: text on a terminal, else json)."""
    style = style or ("text" if sys.stderr.isatty() else "json")
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    handler = logging.StreamHandler(_RedactingStream(sys.stderr))
    handler.addFilter(_ours_or_serious)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
