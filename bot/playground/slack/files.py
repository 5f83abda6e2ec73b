"""Serves Slack's file uploads."""

import json
import re
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from bot.playground.slack.chat import open_to_posts
from bot.playground.slack.events import tell_of_own
from bot.playground.slack.faults import answer_with_fault
from bot.playground.slack.payloads import Json
from bot.playground.slack.workspace import Refused, StandinWorkspace

# A user's id is none: slackapi/bolt-js issue 2115, which has eight characters and more after the letter.
_CONVERSATION = re.compile(r"[CGDZ][A-Z0-9]+")


@dataclass(slots=True)
class UploadedFile:
    """A file, what was uploaded of it, and where it is shown: in a channel, or to a user."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    place: str | None = None
    ts: str | None = None  # Of the message that shows it.


class Uploads:
    """The files for which an upload URL was handed out."""

    def __init__(self, workspace: StandinWorkspace) -> None:
        self._workspace = workspace
        self._files: dict[str, UploadedFile] = {}
        self.base = ""

    @property
    def uploaded(self) -> list[UploadedFile]:
        """The files whose content has arrived, in the order of their upload URLs."""
        return [file for file in self._files.values() if file.content is not None]

    def begin(self, _: StandinWorkspace, arguments: Json) -> Json:
        """`files.getUploadURLExternal`."""
        name, length = str(arguments.get("filename", "")), str(arguments.get("length", ""))
        if not name or not length.isdecimal() or int(length) == 0:
            raise Refused("invalid_arguments")
        file = UploadedFile(f"F{len(self._files) + 1:02}STANDIN", name, int(length))
        self._files[file.id] = file
        return {"upload_url": f"{self.base}/upload/{file.id}", "file_id": file.id}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The upload itself, which needs no token; its faults are those of "upload"."""
        content, file = await request.read(), self._files.get(request.match_info["id"])

        def act() -> web.Response:
            if file is None or len(content) != file.length:
                return refuse("upload_failed")
            file.content = content
            return web.Response(text=f"OK - {len(content)}")

        def refuse(word: str) -> web.Response:
            return web.Response(status=HTTPStatus.BAD_REQUEST, text=word)

        return await answer_with_fault(request, self._workspace.fault("upload"), act, refuse)

    def complete(self, workspace: StandinWorkspace, arguments: Json) -> Json:
        """`files.completeUploadExternal`: shows them in the conversation; without one only the bot can see them."""
        files = [self._found(listed) for listed in json.loads(str(arguments.get("files", "[]")))]
        conversation = arguments.get("channel_id")
        if conversation is not None:
            place = self._open(str(conversation))
            for file in files:
                file.place = workspace.place(place)
                post = workspace.post(place, {"text": file.name})  # In Slack the file shows, not its name.
                file.ts = post.ts
                tell_of_own(workspace, post)
        return {"files": [{"id": file.id, "title": file.name} for file in files]}

    def _open(self, conversation: str) -> str:
        if not _CONVERSATION.fullmatch(conversation):
            raise Refused("invalid_arguments")
        place = self._workspace.place(conversation)
        if place in self._workspace.users and place not in self._workspace.directs:
            raise Refused("channel_not_found")
        return open_to_posts(self._workspace, conversation)

    def _found(self, listed: Json) -> UploadedFile:
        file = self._files.get(str(listed.get("id")))
        if file is None or file.content is None:
            raise Refused("file_not_found")
        return file
