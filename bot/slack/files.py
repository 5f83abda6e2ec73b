"""Sends a file to the asker's direct messages: in a channel every member would see it."""

from dataclasses import replace

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.ports import SlackError
from bot.messages.export import CsvFile
from bot.messages.page import Page
from bot.messages.render import render
from bot.queries.request import Request
from bot.slack.client import post, share_file, upload

log = structlog.get_logger(__name__)
SCOPE = "files:write"


async def send_file(page: Page, request: Request, client: AsyncWebClient, scopes: frozenset[str]) -> Page:
    """Sends the file of a page to its asker, where it has one. The page then says so, or else shows the records."""
    file = page.data.get("file")
    if not isinstance(file, CsvFile):
        return page
    if SCOPE not in scopes:
        return _with(page, why="missing_scope", unclear=False)
    try:
        await _send(file, page, request, client)
    except SlackError as error:
        log.info("file-not-sent", reason=error.code, unclear=error.unclear)
        return _with(page, why=error.code, unclear=error.unclear)
    return _with(page, sent=True)


def _with(page: Page, **what: object) -> Page:
    return replace(page, data={**page.data, **what})


async def _send(file: CsvFile, page: Page, request: Request, client: AsyncWebClient) -> None:
    """A file can be shared with a conversation only, not with a user; a message to the user tells which one that is."""
    # Spreadsheets take a file for one of their own country unless it begins with this mark.
    uploaded = await upload(client, file.name, file.text.encode("utf-8-sig"))
    note = render(replace(page, template="report/csv_note"), request.names)
    above = await post(client, request.user or "", note)
    await share_file(client, uploaded, file.name, above.channel)
