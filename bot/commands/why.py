"""`why METRIC`: how a figure is computed."""

from bot.commands.ports import Services
from bot.messages.page import Page
from bot.problems import Problem
from bot.queries.request import Request
from bot.queries.spelling import fold, nearest
from bot.reports.metrics import METRICS


async def run(request: Request, text: str, services: Services) -> Page:
    """The formula, the fields it reads and what to bear in mind. `ship-rate`, `ship rate` and `ship_rate` are one."""
    name = fold(text).replace("-", "_").replace(" ", "_")
    metrics = {**METRICS, **({"cost": services.cost} if services.cost else {})}
    if name not in metrics:
        spelled = tuple(metric.replace("_", "-") for metric in metrics)
        near = nearest(name.replace("_", "-"), spelled) if name else None
        raise Problem("unknown-metric" if name else "which-metric", name=text, nearest=near, metrics=spelled)
    return Page(
        "commands/why",
        services.lang_of(request),
        {"metric": metrics[name], "source": services.account.source, "settle_days": services.settle.days},
    )
