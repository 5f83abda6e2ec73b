"""The pictures in docs/pictures, taken of the playground at one moment of a made-up enterprise: `make pictures`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Locator, ViewportSize, async_playwright, expect

from bot.cli.demo import playground
from bot.telemetry import configure_logs
from tests.browser.conftest import BROWSER, FRIDAY, Window
from tests.browser.png import packed

FOLDER = Path(__file__).parent.parent.parent / "docs" / "pictures"
PHONE = ViewportSize(width=412, height=4000)  # High enough for all of a message.
BARE = """
    :root { --sans: Liberation Sans, Arial }
    .sent, .who .in-thread { display: none }
    .message, .message.private { padding-block: 14px; background: none }
"""


async def main() -> None:
    """Takes them all, each part on a playground of its own, since the clock never goes back."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER)
        await _report(browser)
        await _digest(browser)
        await browser.close()


async def _report(browser: Browser) -> None:
    async with _window(browser) as window:
        await window.ask("last week org=payments")
        report = window.answer("Payments: ")
        await _take(window, report, "report", "light")
        await _take(window, report, "report-dark", "dark")


async def _digest(browser: Browser) -> None:
    async with _window(browser) as window:
        await window.ask("digest add weekly monday 9:00 last week by=org")
        await expect(window.answer("Digest 1 will come here")).to_be_visible()
        for count in (1, 2):  # Only the second has a reading of the same age to be compared with.
            await window.page.locator(".back").click()
            await window.page.get_by_role("button", name="Monday 9:00", exact=True).click()
            await window.read("# reports")
            await expect(window.page.get_by_role("heading", name="Last week")).to_have_count(count)
        await expect(window.page.locator("[data-name=thread]")).to_be_visible()
        await _take(window, window.answer("Last week: "), "digest")
        await window.page.locator("[data-name=thread]").click()
        await _take(window, window.page.locator("#replies article").last, "thread")
        await window.page.locator("#thread-close").click()
        await window.page.locator(".back").click()
        await window.read("Devin Metrics: Home")
        await _take(window, window.page.locator("#home"), "home")


@asynccontextmanager
async def _window(browser: Browser) -> AsyncIterator[Window]:
    """A phone's page on a new playground, in which it is Friday afternoon in New York."""
    began = datetime.now(UTC)
    async with playground(0, lambda: FRIDAY + (datetime.now(UTC) - began)) as opened:
        page = await browser.new_page(viewport=PHONE, device_scale_factor=2, bypass_csp=True)
        await page.goto(f"{opened.url}/#/C01REPORTS")
        yield Window(page, opened.simulation.slack)
        await page.close()


async def _take(window: Window, part: Locator, name: str, theme: Literal["light", "dark"] = "light") -> None:
    await expect(part).to_be_visible()
    await window.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    (FOLDER / f"{name}.png").write_bytes(packed(await part.screenshot(style=BARE)))


if __name__ == "__main__":
    configure_logs("error", "text")
    asyncio.run(main())
