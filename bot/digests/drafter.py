"""Drafts the page of a delivery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction

from bot.commands.ports import Services
from bot.commands.report import CompleteReport, make_report, report_as_sent
from bot.commands.report_buttons import digest_buttons
from bot.devin import Cell, Reading
from bot.digests.context import DigestContext
from bot.digests.restate import QUIET_TOLERANCE, Revised, matured, restated, steady
from bot.messages.page import Page
from bot.reports.plan import absolute
from bot.schedules.delivery import (
    REASONS,
    RESTATED,
    Delivery,
    Digest,
    delivery_id,
    gives_reasons,
    is_manual,
    new_delivery,
    report_moment,
    restates,
)
from bot.store.deliveries import find_delivery
from bot.store.snapshots import find_snapshot, last_sent


@dataclass(frozen=True, slots=True)
class Draft:
    """A page with its readings, the query that asks for the same again, and the deliveries that follow in threads."""

    page: Page
    readings: Mapping[Cell, Reading] = field(default_factory=dict)
    query: str = ""
    follow_ups: Sequence[Delivery] = ()


@dataclass(frozen=True, slots=True)
class Drafter:
    """Drafts pages. `tolerance` is the share by which a final figure may differ before it is restated."""

    context: DigestContext
    services: Services
    tolerance: Fraction

    async def draft(self, digest: Digest, delivery: Delivery, at: datetime) -> Draft | None:
        """The page of a delivery at a moment; None where there is nothing more to say. Raises Problem."""
        if (occurrence := restates(delivery)) is not None:
            return await self._restated(digest, delivery, occurrence)
        if gives_reasons(delivery):
            return await self._reasons(digest, delivery)
        return await self._report(digest, delivery, at)

    async def _report(self, digest: Digest, delivery: Delivery, at: datetime) -> Draft:
        made = await make_report(
            digest.query, report_moment(delivery, digest.tz), digest.tz, digest.lang, self.services
        )
        before = await self._sent_before(digest, made)
        late = None if is_manual(delivery) or at - delivery.due < self.context.timing.late else at
        follow_ups, revised = list[Delivery](), list[Revised]()
        if before and (now := made.readings.get(before[1].cell)):
            revised = matured(before[1], now)
            if restated(before[1], now, self.tolerance):
                follow_ups += await self._restatement(digest, delivery, before[0], at)
        again = absolute(made.plan)
        data = {"report": made.report, "reasons": made.reasons, "digest": digest, "revised": revised}
        if late is None and not is_manual(delivery) and steady(made.report):
            full = str(replace(again, of=delivery.id))
            page = Page("digest/quiet", digest.lang, {**data, "tolerance": QUIET_TOLERANCE, "full": full})
        else:
            buttons = digest_buttons(made.plan, at, self.services, digest.id, delivery.id)
            page = Page("report/report", digest.lang, {**data, "buttons": buttons, "due": delivery.due, "late": late})
            if made.reasons.ship_rate:
                reasons = new_delivery(digest, REASONS + delivery.occurrence, at, at)
                follow_ups.append(replace(reasons, channel=delivery.channel, follows=delivery.id))
        return Draft(page, made.readings, str(again), follow_ups)

    async def _sent_before(self, digest: Digest, made: CompleteReport) -> tuple[str, Reading] | None:
        """The delivery id and reading that this digest sent about the window that it now compares with."""
        earlier = made.plan.earlier_cell
        return await last_sent(self.context.store, self.context.team, digest.id, earlier) if earlier else None

    async def _restatement(self, digest: Digest, by: Delivery, sent: str, at: datetime) -> list[Delivery]:
        """A restatement for the thread of an earlier delivery; none where that delivery or its message is unknown."""
        async with self.context.store.reading() as connection:
            old = await find_delivery(connection, self.context.team, sent)
        if old is None or not old.ts:
            return []
        restatement = new_delivery(digest, RESTATED + old.occurrence, at, at)
        return [replace(restatement, channel=old.channel, thread=old.thread or old.ts, follows=by.id)]

    async def _reasons(self, digest: Digest, delivery: Delivery) -> Draft | None:
        """The reasons of a changed ship rate by size, from the readings of the followed delivery."""
        query = replace(digest.query, of=delivery.follows)
        made = await report_as_sent(query, digest.tz, digest.lang, self.services)
        if made is None or made.reasons.ship_rate is None:
            return None
        by_size = str(replace(absolute(made.plan), by="size", top=None))
        data = {"digest": digest, "report": made.report, "split": made.reasons.ship_rate, "query": by_size}
        return Draft(Page("digest/reasons", digest.lang, data))

    async def _restated(self, digest: Digest, delivery: Delivery, occurrence: str) -> Draft:
        """The old and new figures, from the snapshots of two deliveries: Devin is not asked again."""
        old = await find_snapshot(self.context.store, self.context.team, delivery_id(digest, occurrence))
        new = await find_snapshot(self.context.store, self.context.team, delivery.follows or "")
        sent = next(iter(old.values()))
        revised = restated(sent, new[sent.cell], self.tolerance)
        now = new[sent.cell]
        data = {"digest": digest, "occurrence": occurrence, "sent": sent, "now": now, "revised": revised}
        return Draft(Page("digest/restated", digest.lang, data))
