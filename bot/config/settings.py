"""Settings: the environment over .env over a folder of secrets over a TOML file."""

import os
import tomllib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.config.checks import check_defaults, check_key, check_names, check_url
from bot.devin import Source
from bot.problems import Problem
from bot.queries.languages import Code
from bot.queries.spelling import nearest
from bot.telemetry import redact

DEFAULT_FILE = Path("devin-metrics.toml")
ENV_FILE = ".env"
InAnyCase = BeforeValidator(lambda value: value.casefold() if isinstance(value, str) else value)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Defaults(_Table):
    """`[defaults]`: what holds where neither a text nor its asker says otherwise."""

    tz: str = "UTC"
    language: Annotated[Code, InAnyCase] = "en"
    week_start: Annotated[
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], InAnyCase
    ] = "monday"
    org: str | None = None


class Limits(_Table):
    """`[limits]`: calls for one answer; seconds for one try of a call; calls and answers at once; days until a closed
    window is settled; the percentage by which a final figure may differ from what was sent; what is sent after an
    outage; posts a second; days for which deliveries are kept.
    """

    max_calls: int = Field(default=60, ge=2, le=200)
    call_deadline: float = Field(default=10, gt=0, le=300)
    concurrent_calls: int = Field(default=8, ge=1, le=64)
    concurrent_answers: int = Field(default=50, ge=1, le=1000)
    settle_days: int = Field(default=30, ge=2, le=365)
    restate: Decimal = Field(default=Decimal(2), ge=0, le=100)
    catch_up: Annotated[Literal["latest", "all", "skip"], InAnyCase] = "latest"
    pace: float = Field(default=5, gt=0, le=1000)
    keep_days: int = Field(default=400, ge=31)


class Access(_Table):
    """`[access]`: where all notices go, and channels that may have digests though another company reads them."""

    admin_channel: str | None = None
    shared_channels: frozenset[str] = frozenset()


class Money(_Table):
    """`[money]`: what an ACU costs a company, by its contract."""

    price_per_acu: Decimal = Field(gt=0, le=1_000_000)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


Table = Annotated[dict[str, str], NoDecode]
NAMES = ("orgs", "users", "service_users", "playbooks")
FILE_ONLY = (*NAMES, "access", "defaults", "limits", "money", "path")


class Settings(BaseSettings):
    """All settings, by their names in the environment. The tables come from the file alone."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    devin_api_key: SecretStr | None = None
    devin_api_url: str = "https://api.devin.ai"
    devin_org_id: Annotated[str, StringConstraints(strip_whitespace=True)] | None = None
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    database_url: SecretStr = SecretStr("sqlite:///devin-metrics.db")
    health_address: str | None = None
    log_level: Annotated[Literal["debug", "info", "warning", "error"], InAnyCase] = "info"
    log_format: Annotated[Literal["text", "json"] | None, InAnyCase] = None

    orgs: Table = Field(default_factory=dict)
    users: Table = Field(default_factory=dict)
    service_users: Table = Field(default_factory=dict)
    playbooks: Table = Field(default_factory=dict)
    access: Annotated[Access, NoDecode] = Access()
    defaults: Annotated[Defaults, NoDecode] = Defaults()
    limits: Annotated[Limits, NoDecode] = Limits()
    money: Annotated[Money | None, NoDecode] = None
    path: Annotated[str | None, "the file they came from"] = None

    @property
    def key(self) -> str | None:
        """The Devin key without the white space that copying leaves around it."""
        return self.devin_api_key.get_secret_value().strip() or None if self.devin_api_key else None

    @property
    def key_was_trimmed(self) -> bool:
        """Whether there was such white space; `doctor` says so."""
        return self.devin_api_key is not None and self.devin_api_key.get_secret_value() != self.key

    @property
    def source(self) -> Source:
        """The endpoint that the key is for. Without a key it is the enterprise's, whose help shows everything."""
        if (self.key or "").startswith("apk_user_"):
            return "v2-enterprise"
        return "v3-organization" if self.devin_org_id else "v3-enterprise"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[Any, ...]:
        """The order of precedence; last comes what `load` passes in: the secrets over the file."""
        outside = (env_settings, dotenv_settings)
        return (*(_without_tables(source) for source in outside), init_settings)


def load() -> Settings:
    """The settings of this process, checked. Raises Problem for the first one that cannot be right."""
    env_file = _env_file()
    from_file = _from_file(os.environ.get("DEVIN_METRICS_CONFIG") or env_file.get("DEVIN_METRICS_CONFIG"))
    secrets = os.environ.get("SECRETS_DIR") or env_file.get("SECRETS_DIR")
    if secrets and not Path(secrets).is_dir():
        raise Problem("secrets-folder-missing", path=secrets)
    from_secrets = _from_secrets(Path(secrets)) if secrets else {}
    try:
        settings = Settings(**(from_file | from_secrets))
    except ValidationError as error:
        raise _invalid(error) from None
    if settings.key:
        check_key(settings.key, settings.devin_org_id)
    check_url("DEVIN_API_URL", settings.devin_api_url)
    check_url("SLACK_API_URL", settings.slack_api_url)
    for table in NAMES:
        check_names(table, getattr(settings, table))
    check_defaults(settings.defaults.tz, settings.defaults.org, settings.orgs)
    return settings


def forget_proxies() -> None:
    """Takes proxies out of the environment, for a process that stays on this machine: slack_sdk would ask one even for
    loopback.
    """
    for name in [name for name in os.environ if name.casefold().endswith("_proxy")]:
        del os.environ[name]


def _env_file() -> dict[str, str | None]:
    file = Path(ENV_FILE)  # Some people's virtual environment is a folder of that name, and a vault's is a pipe.
    return dotenv_values(stream=StringIO(_text(file))) if file.exists() and not file.is_dir() else {}


def _from_secrets(folder: Path) -> dict[str, Any]:
    """The files of a folder that are named as settings are; what else lies there belongs to others."""
    known = Settings.model_fields.keys() - FILE_ONLY
    try:
        files = [file for file in sorted(folder.iterdir()) if file.name.casefold() in known and file.is_file()]
    except OSError as error:
        raise Problem("settings-file-unread", path=str(folder), detail=error.strerror) from None
    found = {file.name.casefold(): _text(file).strip() for file in files}
    return {name: text for name, text in found.items() if text}  # An empty one is not set, as in the environment.


def _text(path: Path) -> str:
    """A file in UTF-8, with line ends as here and without the byte order mark that some editors begin with."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Problem("settings-file-unread", path=str(path), detail=error.strerror) from None
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in content:
        raise Problem("settings-file-encoding", path=str(path), line=None)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:  # Whose words repeat the byte, which may be a key's.
        line = content.count(b"\n", 0, error.start) + 1
        raise Problem("settings-file-encoding", path=str(path), line=line) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_tables(source: PydanticBaseSettingsSource) -> Callable[[], dict[str, Any]]:
    """A source without the tables: in an environment, a name such as USERS may mean anything."""
    return lambda: {name: value for name, value in source().items() if name not in FILE_ONLY}


def _from_file(named: str | None) -> dict[str, Any]:
    """The named file, or `devin-metrics.toml` where that exists; settings may stand in capitals, as elsewhere."""
    path = Path(named) if named else DEFAULT_FILE
    try:
        read = tomllib.loads(_text(path))
    except FileNotFoundError:
        if named:
            raise Problem("settings-file-missing", path=named) from None
        return {}
    except tomllib.TOMLDecodeError as error:
        raise Problem("settings-file-broken", path=str(path), detail=str(error)) from None
    found: dict[str, Any] = {}
    known = [name for name in Settings.model_fields if name != "path"]
    for name, value in read.items():
        setting = name.casefold()
        if setting not in known or setting in found:
            raise Problem("unknown-setting", name=redact(name), path=str(path), nearest=nearest(setting, known))
        found[setting] = value
    return {**found, "path": str(path)}


def _invalid(error: ValidationError) -> Problem:
    """Places and rules only: what was typed may be a key."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    listed = [(".".join(str(part) for part in fault["loc"]), fault["msg"]) for fault in faults]
    return Problem("settings-invalid", faults=listed)
