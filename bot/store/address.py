"""Reads a `DATABASE_URL`."""

from urllib.parse import unquote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.problems import Problem

# PostgreSQL's own documentation writes both schemes; SQLAlchemy's names the driver, too.
SQLITE, POSTGRESQL = "sqlite+aiosqlite", "postgresql+psycopg"
DRIVERS = {"sqlite": SQLITE, SQLITE: SQLITE, "postgresql": POSTGRESQL, "postgres": POSTGRESQL, POSTGRESQL: POSTGRESQL}


def read_address(url: str) -> URL:
    """The URL with its driver. What cannot be right is not repeated: a password with an "@" in it may be anywhere."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise Problem("database-url-odd") from None
    driver = _driver(address.drivername)
    if not (_names_a_file(address) if driver == SQLITE else url.count("@") <= 1):
        raise Problem("database-url-odd")
    # libpq takes a password among the parameters too; in its own place SQLAlchemy hides it.
    named = address.query.get("password")
    password = address.password or (named if isinstance(named, str) else None)
    return address.set(drivername=driver, password=password).difference_update_query(["password"])


def without_password(address: URL) -> str:
    """The URL without its password and parameters, other than the folder of a socket."""
    socket = {"host": address.query["host"]} if "host" in address.query else {}
    kind, user, host = address.get_backend_name(), address.username, address.host
    plain = URL.create(kind, user, host=host, port=address.port, database=address.database, query=socket)
    return unquote(plain.render_as_string())


def _driver(named: str) -> str:
    if named in DRIVERS:
        return DRIVERS[named]
    kind, plus, _ = named.partition("+")
    if plus and kind in DRIVERS:
        raise Problem("database-driver-other", form=DRIVERS[kind])
    raise Problem("database-url-odd")


def _names_a_file(address: URL) -> bool:
    """A database in memory is forgotten with the process; with two slashes the name of a file is a host's; and SQLite's
    own URIs have options that nothing here knows.
    """
    named = address.database or ""
    return not address.host and named not in {"", ":memory:"} and not named.startswith("file:")
