"""A replica as its supervisor sees it: `devin-metrics run`, started again a moment after it has ended."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

ROOT = Path(__file__).parent.parent
BOT = (sys.executable, "-m", "bot")
RUN, MIGRATE = (*BOT, "run", "--http", "127.0.0.1:0"), (*BOT, "migrate")
# All else stays outside: a setting of the machine's, or a proxy, which slack_sdk would ask even for loopback.
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
READY = b'"event": "ready"'
LONGEST_LINE = 2**20  # Bytes; a traceback stands in one.
PAUSE = (0.1, 1.0)  # Seconds until it is started again.
LAST_WORK = 30.0  # Seconds that it gets to end by itself, as platforms commonly give.


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """What a process of the bot finds around it."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | {"PYTHONPATH": str(ROOT), **settings}


async def migrate(settings: Mapping[str, str], folder: Path) -> None:
    """Makes the tables, as somebody does before replicas are started."""
    process = await asyncio.create_subprocess_exec(*MIGRATE, cwd=folder, env=environment(settings), stdout=DEVNULL)
    if code := await process.wait():
        raise RuntimeError(f"devin-metrics migrate exited with {code}")


class Replica:
    """One replica; `crashes` are the exit codes with which it ended though it had not been killed or told to end."""

    def __init__(self, settings: Mapping[str, str], folder: Path, log: Path, random: Random) -> None:
        self.ready = asyncio.Event()
        self.frozen = False
        self.crashes: list[int] = []
        self._settings = settings
        self._folder = folder
        self._log = log
        self._random = random
        self._process: Process | None = None
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Keeps it running until `end`."""
        env = environment(self._settings)
        while not self._over.is_set():
            self._process = process = await asyncio.create_subprocess_exec(
                *RUN, cwd=self._folder, env=env, stderr=PIPE, limit=LONGEST_LINE
            )
            await self._listen(process)
            code = await process.wait()
            self.ready.clear()
            if code not in {-signal.SIGKILL, 0} or (code == 0 and not self._over.is_set()):
                self.crashes.append(code)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), self._random.uniform(*PAUSE))

    async def _listen(self, process: Process) -> None:
        """Keeps what it logs, until it ends."""
        assert process.stderr
        with self._log.open("ab", buffering=0) as log:
            async for line in process.stderr:
                log.write(line)
                if READY in line:
                    self.ready.set()

    def kill(self) -> None:
        """Ends it at once, as a power cut would."""
        self.ready.clear()
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Stops its time."""
        self.frozen = True
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on as if nothing had happened."""
        self._signal(signal.SIGCONT)
        self.frozen = False

    async def end(self) -> None:
        """Ends it as a supervisor does; what does not listen is killed, and that counts as a crash."""
        self._over.set()
        process = self._process
        if process is None:
            return
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), LAST_WORK)
        except TimeoutError:
            self.crashes.append(-signal.SIGKILL)
            self.kill()
            await process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if self._process and self._process.returncode is None:
                self._process.send_signal(number)
