"""A replica as its supervisor sees it: started again a moment after it has ended, whatever ended it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from random import Random

ROOT = Path(__file__).parent.parent
PAUSE = (0.1, 1.0)  # Seconds until it is started again.
LAST_WORK = 20.0  # Seconds that it gets to end by itself.


class Replica:
    """One replica; `crashes` is how often it ended though nobody had killed it."""

    def __init__(self, told: str, log: Path, random: Random) -> None:
        self.ready = asyncio.Event()
        self.crashes = 0
        self._told = told
        self._log = log
        self._random = random
        self._process: Process | None = None
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Keeps it running until `end`."""
        command = (sys.executable, "-m", "torture.replica", self._told)
        # slack_sdk asks a proxy even for loopback.
        env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        while not self._over.is_set():
            with self._log.open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *command, cwd=ROOT, env=env, stdin=PIPE, stdout=PIPE, stderr=log
                )
            self._process = process
            assert process.stdout
            if await process.stdout.readline():
                self.ready.set()
            code = await process.wait()
            self.ready.clear()
            self.crashes += code not in {-signal.SIGKILL, 0}
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), self._random.uniform(*PAUSE))

    def kill(self) -> None:
        """Ends it at once, as a power cut would."""
        self.ready.clear()
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Stops its time."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on as if nothing had happened."""
        self._signal(signal.SIGCONT)

    async def end(self) -> None:
        """Ends it as a supervisor does; what does not listen is killed."""
        self._over.set()
        process = self._process
        if process is None:
            return
        assert process.stdin
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), LAST_WORK)
        except TimeoutError:
            self.crashes += 1
            self.kill()
            await process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if self._process:
                self._process.send_signal(number)
