"""The health endpoints: `/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest


async def not_yet() -> bool:
    """Before anything is connected."""
    return False


@dataclass
class Health:
    """What the endpoints tell. `connected` is asked anew each time."""

    connected: Callable[[], Awaitable[bool]] = not_yet
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self.envelopes = Counter("slack_envelopes", "Requests that came from Slack", registry=self.registry)
        self.unsigned = Counter("slack_unsigned", "Requests refused, by reason", ["reason"], registry=self.registry)
        self.connections = Gauge("slack_connections", "Socket Mode connections of this app", registry=self.registry)
        self.ghosts = Gauge("slack_ghosts", "Connections that no live process has", registry=self.registry)
        self.quiet = Gauge("slack_quiet_seconds", "Since anything came over the socket", registry=self.registry)
        self.answers = Gauge("answers_under_way", "Answers that run or wait", registry=self.registry)

    def routes(self) -> list[web.RouteDef]:
        """`/healthz`: the loop turns; `/readyz`: Slack is connected; `/metrics`: for Prometheus."""
        return [
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
            web.get("/metrics", self._metrics),
        ]

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def _readyz(self, _request: web.Request) -> web.Response:
        return web.Response(text="ready") if await self.connected() else web.Response(status=503, text="not connected")

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
