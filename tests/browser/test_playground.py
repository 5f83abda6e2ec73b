"""The playground in a real browser, from the first command to a digest."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from bot.playground.slack.standin import Dispatch
from tests.browser.conftest import Window


async def test_a_command_is_answered_with_figures_a_chart_and_a_table_for_the_asker_alone(window: Window) -> None:
    await window.ask("last 4w by=week")
    answer = window.answer("Last 4 full weeks: ")
    await expect(answer.get_by_role("heading", level=3)).to_contain_text("Last 4 full weeks: ")
    await expect(answer).to_contain_text("Only visible to you")
    await expect(answer).to_contain_text("These numbers are made up")
    await expect(answer.get_by_role("figure")).to_be_visible()
    await expect(answer.get_by_role("row")).to_have_count(5)


async def test_what_is_offered_to_try_works_at_a_click(window: Window) -> None:
    await window.page.get_by_role("button", name="last week org=payments").click()
    await expect(window.answer("Payments: ")).to_be_visible()


async def test_every_button_of_a_report_does_something(window: Window) -> None:
    page = window.page
    await window.ask("last week org=payments")
    report = window.answer("Payments: ")
    await expect(report).to_be_visible()
    articles = page.get_by_role("article")
    buttons = report.locator("[data-name^=ask]:not(.overflow), [data-name=share]")
    report_key = await report.get_attribute("data-key")
    assert await buttons.count() >= 3
    names = [await button.get_attribute("data-name") for button in await buttons.all()]
    for name in names:
        count = await articles.count()
        await page.locator(f"[data-key='{report_key}'] [data-name='{name}']").click()
        if name == "share":
            await window.agree()
        await expect(articles).to_have_count(count + 1)
    more = page.locator(f"[data-key='{report_key}']").get_by_role("button", name="More actions")
    await more.click()
    items = page.get_by_role("menuitem")
    for number in range(await items.count()):
        if number:
            await more.click()
        count = await articles.count()
        await items.nth(number).click()
        await expect(articles.nth(count)).to_be_visible()
    await expect(page.get_by_role("alert").filter(has_text=re.compile("."))).to_have_count(0)


async def test_a_shared_report_is_seen_by_the_reader_in_tokyo_and_a_private_one_is_not(window: Window) -> None:
    await window.ask("last week org=payments")
    await window.answer("Payments: ").locator("[data-name=share]").click()
    await window.agree()
    await expect(window.page.get_by_role("article").filter(has_text="Payments: ")).to_have_count(2)
    await window.become("Reader in Tokyo")
    await expect(window.page.get_by_role("article").filter(has_text="Payments: ")).to_have_count(1)
    await window.ask("last 7d lang=en")
    await expect(window.answer("Last 7 full days: ")).to_contain_text("Tokyo time")


async def test_the_bot_hears_of_mentions_replies_and_direct_messages_on_a_phone_too(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []

    async def hear(event: Any) -> Dispatch:
        told.append(event)
        return Dispatch()

    monkeypatch.setattr(window.slack, "event", hear)
    window.slack.scopes |= {"app_mentions:read", "im:history"}
    page = window.page
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("combobox", name="Message or command").fill("@Dev")
    await expect(page.get_by_role("option", name="@Devin Metrics last week org=payments")).to_be_visible()
    await window.say("@Devin Metrics last 7d")
    said = page.locator("#messages").get_by_role("article").filter(has=page.locator(".mention"))
    await expect(said.locator(".mention")).to_have_text("@Devin Metrics")
    await said.get_by_role("link", name="Reply in thread").click()
    await window.reply("@devin_metrics by=org")
    thread = page.locator("#replies").get_by_role("article")
    await expect(thread.filter(has_text="by=org").locator(".mention")).to_have_text("@Devin Metrics")
    field = page.get_by_role("textbox", name="Reply in thread")
    await field.fill("/devin-metrics last 7d")
    await field.press("Enter")
    await expect(page.locator("#reply .error")).to_have_text(
        "Slack takes no commands in threads: write @Devin Metrics instead."
    )
    for part in ("html", "#thread-scroll"):
        assert await page.locator(part).evaluate("node => node.scrollWidth <= node.clientWidth")
    await page.evaluate("location.hash = '#/U01NEWYORK'")
    await window.say("last 7d")
    first, reply, direct = told
    assert (first["type"], first["text"], "thread_ts" in first) == ("app_mention", "<@U01METRICS> last 7d", False)
    assert (reply["type"], reply["text"], reply["thread_ts"]) == (
        "app_mention",
        "<@U01METRICS> by=org",
        first["ts"],
    )
    assert (direct["type"], direct["channel_type"], direct["text"]) == ("message", "im", "last 7d")


async def test_what_one_person_sees_in_a_thread_stands_there_and_does_not_count(window: Window) -> None:
    slack, page = window.slack, window.page
    root = slack.post("C01REPORTS", {"text": "last week"})
    slack.post("C01REPORTS", {"text": "by size", "thread_ts": root.ts})
    slack.post("C01REPORTS", {"text": "for you", "thread_ts": root.ts}, "U01NEWYORK")
    slack.post("C01REPORTS", {"text": "for Tokyo", "thread_ts": root.ts}, "U01TOKYO")
    await page.get_by_role("link", name="1 reply").click()
    private = page.locator("#replies").get_by_role("article").filter(has_text="for you")
    await expect(private).to_contain_text("Only visible to you")
    await expect(page.get_by_text("for Tokyo")).to_have_count(0)
    await expect(page.locator("#messages").get_by_text("for you")).to_have_count(0)


async def test_a_report_is_built_in_a_form_that_says_what_it_comes_to(window: Window) -> None:
    await window.choose("Shortcuts", "Build a report")
    await expect(window.form).to_contain_text("/devin-metrics last 7d")
    await window.form.get_by_label("Payments").check()
    await expect(window.form).to_contain_text("org=Payments")
    await window.form.locator(".main").click()
    await expect(window.form).to_have_count(0)
    await window.read("Devin Metrics(?!: Home)")
    await expect(window.answer("Payments: ")).to_be_visible()


async def test_a_form_that_is_open_stays_open_when_the_page_is_loaded_again(window: Window) -> None:
    await window.choose("Shortcuts", "Build a report")
    await window.form.get_by_label("Payments").check()
    await expect(window.form).to_contain_text("org=Payments")
    await window.page.reload()
    await expect(window.form.get_by_label("Payments")).to_be_checked()
    await expect(window.form).to_contain_text("org=Payments")


async def test_a_digest_that_is_set_up_in_a_form_comes_when_the_clock_is_moved(window: Window) -> None:
    await window.choose("Shortcuts", "Set up a digest")
    await window.form.locator(".main").click()
    await expect(window.form).to_contain_text("Please complete this required field.")
    await window.form.get_by_label("Channel").select_option(label="#reports")
    await window.form.locator(".main").click()
    await expect(window.form).to_have_count(0)
    await expect(window.answer("Digest 1 will come here")).to_be_visible()
    await window.page.get_by_role("button", name="+1 week").click()
    await expect(window.answer("Last week: ")).to_be_visible()
    await window.become("Reader in Tokyo")
    digest = window.answer("Last week: ")
    await expect(digest).to_be_visible()
    await expect(digest).not_to_contain_text("Only visible to you")


async def test_a_second_click_while_the_clock_moves_moves_it_on_from_there(window: Window) -> None:
    monday = window.page.get_by_role("button", name="Monday 9:00", exact=True)
    await monday.evaluate("button => { button.click(); button.click(); }")
    await expect(window.page.locator("#clock")).to_contain_text("Mon, Nov 30")


async def test_home_answers_in_the_direct_messages(window: Window) -> None:
    await window.read("Devin Metrics: Home")
    await window.page.locator("#home [data-name=ask-7d]").click()
    await window.read("Devin Metrics(?!: Home)")
    await expect(window.answer("Last 7 full days: ")).to_be_visible()


async def test_what_is_switched_to_fail_is_told_in_words_until_it_is_switched_back(window: Window) -> None:
    await window.page.get_by_text("What goes wrong").click()
    refuses = window.page.get_by_label("Devin refuses the key (403)")
    await refuses.check()
    await window.ask("last week org=payments")
    await expect(window.answer("ViewAccountMetrics")).to_be_visible()
    await refuses.uncheck()
    await window.ask("last week org=payments")
    await expect(window.answer("Payments: ")).to_be_visible()


async def test_all_of_it_can_be_done_with_the_keyboard_alone(window: Window) -> None:
    page = window.page
    keyboard = page.keyboard
    await expect(page.get_by_role("combobox", name="Message or command")).to_be_visible()
    await keyboard.press("Tab")
    await keyboard.press("Enter")  # Skip to the message field.
    await keyboard.type("/devin-metrics last week org=payments")
    await keyboard.press("Enter")
    report = window.answer("Payments: ")
    await expect(report).to_be_visible()
    await _tab_to(window, "share")
    await keyboard.press("Enter")
    await expect(page.locator("dialog.confirm")).to_be_visible()
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(page.get_by_role("article").filter(has_text="Payments: ")).to_have_count(2)
    await _tab_to(window, "shortcuts")
    await keyboard.press("Enter")
    await keyboard.press("ArrowDown")
    await keyboard.press("Enter")
    await expect(window.form).to_contain_text("digest")
    await keyboard.press("Escape")
    await expect(window.form).to_have_count(0)
    await _tab_to(window, "shortcuts")
    await keyboard.press("Enter")
    await keyboard.press("Enter")
    await expect(window.form).to_contain_text("/devin-metrics last 7d")
    await _tab_to(window, "submit")
    await keyboard.press("Enter")
    await expect(window.form).to_have_count(0)


async def _tab_to(window: Window, name: str) -> None:
    """Presses Tab until an element has the focus, as somebody would."""
    for _ in range(100):
        await window.page.keyboard.press("Tab")
        if await window.page.evaluate("document.activeElement?.dataset.name") == name:
            return
    raise AssertionError(f"{name} cannot be reached")
