"""What the pages about digests are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.commands.ports import Digests, Services
from bot.messages.page import Page
from bot.problems import Problem
from bot.queries.query import Query
from bot.queries.request import Account, Aliases, Request
from bot.queries.spelling import fold
from bot.reports.plan import ALL_ORGS, Scope
from bot.schedules.delivery import BY_HAND, Delivery, Digest, gives_reasons, restates
from bot.schedules.schedule import Send, next_sends

SENDS_SHOWN, DELIVERIES = 6, 5


@dataclass(frozen=True, slots=True)
class DigestRow:
    """A digest in a list. `problem` is why nothing comes next, where the digest was not paused by hand."""

    digest: Digest
    scope: Scope
    next: Send | None
    last: Delivery | None
    problem: Problem | None


def stored(services: Services) -> Digests:
    """The digests. Raises Problem where there is no database."""
    if services.digests is None:
        raise Problem("digests-need-database")
    return services.digests


def scope_of(query: Query, account: Account) -> Scope:
    """What a stored query covers, by the names that a reader knows. A name that is gone from the settings stays."""
    default = account.default_org if query.by != "org" else None  # Which asks for more than one of them.
    orgs = query.orgs or ((default,) if default else ())
    orgs = () if ALL_ORGS in map(fold, orgs) else orgs
    playbook = _labels([query.playbook] if query.playbook else [], account.playbooks)
    return Scope(
        orgs=_labels((account.own_org,) if account.own_org else orgs, account.orgs),
        users=_labels(query.users, account.users),
        service_users=_labels(query.service_users, account.service_users),
        playbook=playbook[0] if playbook else None,
    )


def sends_of(digest: Digest, at: datetime, services: Services, count: int = SENDS_SHOWN) -> list[Send]:
    """The next sends of a digest. Raises Problem where its period cannot be reported at one of them."""
    after = max(at, digest.since)
    return next_sends(digest.rule, digest.tz, digest.query.period, after, count, services.week_start)


def sends_or_problem(
    digest: Digest, at: datetime, services: Services, count: int = SENDS_SHOWN
) -> tuple[list[Send], Problem | None]:
    """The next sends, or why one of them cannot be: `this month` has only just begun when a month does."""
    try:
        return sends_of(digest, at, services, count), None
    except Problem as problem:
        return [], problem


def digest_data(digest: Digest, services: Services) -> dict[str, object]:
    """What every page about a digest tells of it."""
    return {"digest": digest, "scope": scope_of(digest.query, services.account)}


def digest_page(
    done: str,
    digest: Digest,
    request: Request,
    services: Services,
    *,
    hello: str | None = None,
    deliveries: Sequence[Delivery] = (),
) -> Page:
    """A digest as it stands, under a heading that says what was `done` to it."""
    sends, cannot = sends_or_problem(digest, request.at, services)
    data = {
        **digest_data(digest, services),
        "done": done,
        "asker": request.user,
        "sends": sends,
        "wrong": pause_problem(digest) or cannot or last_problem(last_report(deliveries)),
        "hello": hello,
        "deliveries": deliveries,
    }
    return Page("digest/digest", services.lang_of(request), data, private=True)


def hello(digest: Digest, at: datetime, services: Services, moved: bool = False) -> Page:
    """What a channel reads when a digest is set up for it, or moves there."""
    first = sends_of(digest, at, services, 1)[0]
    return Page("digest/hello", digest.lang, {**digest_data(digest, services), "first": first, "moved": moved})


def pause_problem(digest: Digest) -> Problem | None:
    """Why the bot paused a digest."""
    return Problem(digest.paused, channel=digest.channel) if digest.paused not in {None, BY_HAND} else None


def row_of(digest: Digest, last: Delivery | None, at: datetime, services: Services) -> DigestRow:
    """A digest in a list, with the last of its deliveries."""
    sends, cannot = ([], None) if digest.paused else sends_or_problem(digest, at, services, 1)
    problem = pause_problem(digest) or cannot
    return DigestRow(digest, scope_of(digest.query, services.account), sends[0] if sends else None, last, problem)


async def last_of(digest: Digest, services: Services) -> Delivery | None:
    """The newest report of a digest. Raises Problem where there is no database."""
    return last_report(await stored(services).deliveries(digest.id, DELIVERIES))


def last_report(deliveries: Sequence[Delivery]) -> Delivery | None:
    """The newest of some deliveries that does not only add to the thread of another one."""
    return next((one for one in deliveries if restates(one) is None and not gives_reasons(one)), None)


def last_problem(newest: Delivery | None) -> Problem | None:
    """What went wrong with the newest report, where it did."""
    if newest is None or newest.state != "failed" or newest.reason is None:
        return None
    return Problem(newest.reason, channel=newest.channel)


def _labels(names: Iterable[str], table: Aliases) -> tuple[str, ...]:
    return tuple(found.label if (found := table.find(name)) else name for name in names)
