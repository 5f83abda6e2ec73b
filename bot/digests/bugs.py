"""Turns a bug into a Problem, so that one delivery, notice or digest does not block the others."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import DBAPIError

from bot.problems import Problem
from bot.telemetry import reference

log = structlog.get_logger(__name__)


class Bug(Problem):
    """A bug in this program. The log has its traceback under the reference that readers get."""


@contextmanager
def bugs_as_problems(*passing: type[Exception], **about: object) -> Iterator[None]:
    """Raises Bug for every exception but a Problem, a database's error and those of `passing`."""
    meant: tuple[type[Exception], ...] = (DBAPIError, Problem, *passing)
    try:
        yield
    except meant:
        raise
    except Exception as error:
        mark = reference()
        log.exception("bug", reference=mark, **about)
        raise Bug("bug", reference=mark) from error
