"""`help [topic]`: what can be asked."""

from bot.commands.ports import Services
from bot.messages.page import Page
from bot.problems import Problem
from bot.queries.phrases import OTHERS, PHRASES
from bot.queries.query import QUERY_KEYS
from bot.queries.request import Request
from bot.queries.spelling import fold
from bot.reports.metrics import METRICS

TOPICS = ("periods", "filters", "digest")
TOPIC_SPELLINGS = {"digests": "digest", "period": "periods", "filter": "filters"}


async def run(request: Request, text: str, services: Services) -> Page:
    """The overview, or one topic. What the tables parse is what they print here."""
    topic = TOPIC_SPELLINGS.get(fold(text), fold(text))
    if topic and topic not in TOPICS:
        raise Problem("unknown-topic", topic=text, topics=TOPICS)
    others = [table.code for table in OTHERS]
    tables = {"phrases": PHRASES, "others": others, "keys": QUERY_KEYS, "metrics": METRICS}
    return Page("commands/help", services.lang_of(request), {"topic": topic, "topics": TOPICS, **tables})
