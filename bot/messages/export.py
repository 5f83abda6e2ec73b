"""A page as JSON, or as CSV, which may be a file."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bot.messages.page import Page
from bot.messages.render import render, row_names, say
from bot.periods.window import Span
from bot.problems import Problem
from bot.reports.report import Figure, Report

LONGEST_NAMED_ORGS = 40  # Of what names the organizations in the name of a file.
NOT_IN_NAMES = re.compile(r"[^\w-]+")


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A report as a CSV file: its name, and its records without line ends, the header first."""

    name: str
    records: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(f"{record}\n" for record in self.records)


def as_json(page: Page) -> dict[str, Any]:
    """A report's document, a problem's, or the text of any other page."""
    report, problem = page.data.get("report"), page.data.get("problem")
    if isinstance(report, Report):
        return _report_document(report, page.lang)
    text = render(page).text
    return {"problem": problem.key, "text": text} if isinstance(problem, Problem) else {"text": text}


def as_csv(page: Page) -> str:
    """A report's figures and those of its rows, a line each; the key and words of a problem; other pages' text."""
    report = page.data.get("report")
    if isinstance(report, Report):
        return as_file(report, page.lang).text
    document = as_json(page)
    return "".join(f"{_record(cells)}\n" for cells in (document.keys(), document.values()))


def as_file(report: Report, lang: str) -> CsvFile:
    """A report's CSV, named after its days and organizations."""
    named = ["devin-metrics", str(report.span.first_day), str(report.span.last_day), _in_name(report.scope.orgs)]
    return CsvFile("_".join(filter(None, named)) + ".csv", tuple(map(_record, _csv_cells(report, lang))))


def _in_name(orgs: Iterable[str]) -> str:
    plain = NOT_IN_NAMES.sub("-", "-".join(orgs).casefold()).strip("-")
    return plain[:LONGEST_NAMED_ORGS].rstrip("-")


def _record(cells: Iterable[object]) -> str:
    """One record. Either kind of line end within a cell is put in quotes: a new line there could begin a formula."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n")


def _csv_cells(report: Report, lang: str) -> Iterator[Sequence[object]]:
    """The header, then the total, without a label; of rows, what Devin tells of some of them."""
    yield ["row", "label", "after", "before", "figure", "value", "previous", "n"]
    for name, figure in report.figures.items():
        yield ["total", "", *_bounds(report.span).values(), name, *_figure_document(figure).values()]
    known = [name for name in report.figures if any(row.figures[name].part is not None for row in report.rows)]
    for row, label in zip(report.rows, row_names(report, lang), strict=True):
        named = [_harmless(row.key), _harmless(label), *_bounds(row.span or report.span).values()]
        yield from ([*named, name, *_figure_document(row.figures[name]).values()] for name in known)


def _harmless(text: str) -> str:
    """A name from outside that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _report_document(report: Report, lang: str) -> dict[str, Any]:
    return {
        "query": str(report.query),
        "window": _span_document(report.span),
        "previous": _span_document(report.earlier) if report.earlier else None,
        "as_of": report.as_of.astimezone(report.span.tz).isoformat(timespec="seconds"),
        "figures": {name: _figure_document(figure) for name, figure in report.figures.items()},
        "rows": _row_documents(report, lang),
        "caveats": [
            {"key": caveat.key, "text": say("report/_caveats", "caveat", caveat, lang)} for caveat in report.caveats
        ],
    }


def _row_documents(report: Report, lang: str) -> list[dict[str, Any]]:
    """Rows that are no stretch of time have the whole window."""
    return [
        {
            "key": row.key,
            "label": label,
            **_bounds(row.span or report.span),
            "figures": {name: _figure_document(figure) for name, figure in row.figures.items()},
        }
        for row, label in zip(report.rows, row_names(report, lang), strict=True)
    ]


def _span_document(span: Span) -> dict[str, str]:
    return {**_bounds(span), "tz": span.tz.key, "state": span.state}


def _bounds(span: Span) -> dict[str, str]:
    return {"after": span.after.isoformat(), "before": span.before.isoformat()}


def _figure_document(figure: Figure) -> dict[str, float | int | None]:
    return {"value": _number(figure.value), "previous": _number(figure.previous), "n": figure.n}


def _number(value: Fraction | None) -> float | int | None:
    """Whole numbers exactly, others as the nearest float."""
    return value if value is None else value.numerator if value.denominator == 1 else float(value)
