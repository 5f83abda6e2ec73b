"""A page as JSON, or as CSV."""

import csv
import io
from fractions import Fraction
from typing import Any

from bot.page import Page
from bot.problems import Problem
from bot.render import render, say
from bot.report import Figure, Report
from bot.window import Span


def as_json(page: Page) -> dict[str, Any]:
    """A report's document, a problem's, or the text of any other page."""
    report, problem = page.data.get("report"), page.data.get("problem")
    if isinstance(report, Report):
        return _report(report, page.lang)
    text = render(page).text
    return {"problem": problem.key, "text": text} if isinstance(problem, Problem) else {"text": text}


def as_csv(page: Page) -> str:
    """A report's figures, a row each; the key and words of a problem; the text of any other page."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    report = page.data.get("report")
    if isinstance(report, Report):
        bounds = [report.span.after.isoformat(), report.span.before.isoformat()]
        writer.writerow(["row", "after", "before", "figure", "value", "previous", "n"])
        for name, figure in report.figures.items():
            writer.writerow(["total", *bounds, name, *_figure(figure).values()])
    else:
        document = as_json(page)
        writer.writerows([document.keys(), document.values()])
    return out.getvalue()


def _report(report: Report, lang: str) -> dict[str, Any]:
    return {
        "query": str(report.query),
        "window": _span(report.span),
        "previous": _span(report.earlier) if report.earlier else None,
        "as_of": report.as_of.astimezone(report.span.tz).isoformat(timespec="seconds"),
        "figures": {name: _figure(figure) for name, figure in report.figures.items()},
        "rows": [],
        "caveats": [{"key": caveat.key, "text": say("caveat", caveat, lang)} for caveat in report.caveats],
    }


def _span(span: Span) -> dict[str, str]:
    return {
        "after": span.after.isoformat(),
        "before": span.before.isoformat(),
        "tz": span.tz.key,
        "state": span.state,
    }


def _figure(figure: Figure) -> dict[str, float | int | None]:
    return {"value": _number(figure.value), "previous": _number(figure.previous), "n": figure.n}


def _number(value: Fraction | None) -> float | int | None:
    """Whole numbers exactly, others as the nearest float."""
    return value if value is None else value.numerator if value.denominator == 1 else float(value)
