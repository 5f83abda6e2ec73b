"""A browser on the playground's page. What fails in the page fails the test, whatever else the test looks at."""

import re
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from bot.cli import demo
from bot.cli.demo import playground
from bot.playground import clock
from bot.playground.slack.standin import Slack

FRIDAY = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 30_000  # Milliseconds.
expect.set_options(timeout=PATIENCE)


def pytest_sessionstart() -> None:
    if BROWSER is None:
        pytest.exit("No browser is installed: apt-get install chromium, then make browser", returncode=1)


class Window:
    """The page as a person uses it, by what they read on it."""

    def __init__(self, page: Page, slack: Slack) -> None:
        self.page = page
        self.slack = slack

    async def ask(self, text: str) -> None:
        """Types a command and sends it."""
        await self.say(f"/devin-metrics {text}")

    async def say(self, text: str) -> None:
        """Types a message and sends it."""
        await self._send(self.page.get_by_role("combobox", name="Message or command"), text)

    async def reply(self, text: str) -> None:
        """Types into the thread that is open."""
        await self._send(self.page.get_by_role("textbox", name="Reply in thread"), text)

    async def _send(self, field: Locator, text: str) -> None:
        await field.fill(text)
        await field.press("Enter")
        await expect(field).to_have_value("")

    def answer(self, title: str) -> Locator:
        """The last message with this heading or line."""
        return self.page.get_by_role("article").filter(has_text=title).last

    async def become(self, reader: str) -> None:
        """Sits down in somebody else's place."""
        await self.page.get_by_label("You are").select_option(label=reader)

    async def choose(self, menu: str, item: str) -> None:
        """Opens a menu, and chooses in it."""
        await self.page.get_by_role("button", name=menu).last.click()
        await self.page.get_by_role("menuitem", name=item).click()

    async def read(self, place: str) -> None:
        """Goes to a conversation, or to Home; its link may say, too, that something has come."""
        await self.page.locator("#places").get_by_role("link", name=re.compile(f"^{place}")).click()

    async def agree(self) -> None:
        """Answers what is asked before something is done."""
        await self.page.locator("dialog.confirm .main").click()

    @property
    def form(self) -> Locator:
        """The modal in front."""
        return self.page.locator("#modal[open]")


@pytest.fixture
async def window(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Window]:
    """A page on a playground of its own; it must log no error, and ask nobody else for anything."""
    monkeypatch.setattr(clock, "LONGEST_MOVE", PATIENCE / 1000)  # A slow machine may take longer than a visitor waits.
    monkeypatch.setattr(demo, "STOP_TIMEOUT", PATIENCE / 1000)
    began = datetime.now(UTC)
    async with playground(0, lambda: FRIDAY + (datetime.now(UTC) - began)) as opened, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER)
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        wrong: list[str] = []
        page.on("console", lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(opened.url) else wrong.append(asked.url))
        await page.goto(opened.url)
        yield Window(page, opened.simulation.slack)
        await browser.close()
        assert not wrong
