"""Settings: the environment over .env over a folder of secrets over a TOML file."""

import os
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.config.files import ENV_FILE, read_env, read_secrets, read_toml
from bot.devin import Source
from bot.problems import Problem
from bot.queries.languages import Code
from bot.queries.spelling import fold, nearest
from bot.queries.zones import zone
from bot.telemetry import redact

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
KEY = re.compile(r"[\w.+/=-]+", re.ASCII)  # What `telemetry.redact` takes for a key; anything else would get past it.
RESERVED_NAMES = {"all", "me"}
InAnyCase = BeforeValidator(lambda value: value.casefold() if isinstance(value, str) else value)


class _TomlTable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Defaults(_TomlTable):
    """`[defaults]`: what holds where neither a text nor its asker says otherwise."""

    tz: str = "UTC"
    language: Annotated[Code, InAnyCase] = "en"
    week_start: Annotated[
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], InAnyCase
    ] = "monday"
    org: str | None = None


class Limits(_TomlTable):
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


class Access(_TomlTable):
    """`[access]`: where all notices go; channels that may have answers though another company reads them; whether
    guests may ask; and, of an Enterprise Grid organization that has installed the bot for all of it, the workspaces
    that it works for (none: all).
    """

    admin_channel: str | None = None
    shared_channels: frozenset[str] = frozenset()
    guests: bool = False
    workspaces: frozenset[Annotated[str, StringConstraints(pattern=r"^T[A-Z0-9]+$")]] = frozenset()


class Money(_TomlTable):
    """`[money]`: what an ACU costs a company, by its contract."""

    price_per_acu: Decimal = Field(gt=0, le=1_000_000)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


NameTable = Annotated[dict[str, str], NoDecode]
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

    orgs: NameTable = Field(default_factory=dict)
    users: NameTable = Field(default_factory=dict)
    service_users: NameTable = Field(default_factory=dict)
    playbooks: NameTable = Field(default_factory=dict)
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
    known = [name for name in Settings.model_fields if name != "path"]
    env_file = read_env()
    from_file = read_toml(os.environ.get("DEVIN_METRICS_CONFIG") or env_file.get("DEVIN_METRICS_CONFIG"), known)
    secrets = os.environ.get("SECRETS_DIR") or env_file.get("SECRETS_DIR")
    if secrets and not Path(secrets).is_dir():
        raise Problem("secrets-folder-missing", path=secrets)
    from_secrets = read_secrets(Path(secrets), {*known} - {*FILE_ONLY}) if secrets else {}
    try:
        settings = Settings(**(from_file | from_secrets))
    except ValidationError as error:
        raise _invalid(error) from None
    if settings.key:
        _check_devin_key(settings.key, settings.devin_org_id)
    _check_url("DEVIN_API_URL", settings.devin_api_url)
    _check_url("SLACK_API_URL", settings.slack_api_url)
    for table in NAMES:
        _check_names(table, getattr(settings, table))
    _check_defaults(settings.defaults.tz, settings.defaults.org, settings.orgs)
    return settings


def missing_for_slack(settings: Settings, over_http: bool) -> list[str]:
    """The settings without which the bot cannot run in Slack, by name."""
    needed = {"DEVIN_API_KEY": settings.devin_api_key, "SLACK_BOT_TOKEN": settings.slack_bot_token}
    if over_http:
        needed["SLACK_SIGNING_SECRET"] = settings.slack_signing_secret
    else:
        needed["SLACK_APP_TOKEN"] = settings.slack_app_token
    return [name for name, value in needed.items() if not secret(value)]


def secret(value: SecretStr | None) -> str:
    """A secret for the library that needs it; empty where it is not set."""
    return value.get_secret_value().strip() if value else ""


def host_and_port(text: str | None) -> tuple[str, int]:
    """`127.0.0.1:8080` as host and port. Raises Problem for anything else."""
    host, colon, port = (text or "").rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise Problem("bad-address", address=text or "")
    return host.strip("[]") or "127.0.0.1", int(port)


def forget_proxies() -> None:
    """Takes proxies out of the environment, for a process that stays on this machine: slack_sdk would ask one even for
    loopback.
    """
    for name in [name for name in os.environ if name.casefold().endswith("_proxy")]:
        del os.environ[name]


def _without_tables(source: PydanticBaseSettingsSource) -> Callable[[], dict[str, Any]]:
    """A source without the tables: in an environment, a name such as USERS may mean anything."""
    return lambda: {name: value for name, value in source().items() if name not in FILE_ONLY}


def _invalid(error: ValidationError) -> Problem:
    """Places and rules only: what was typed may be a key."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    listed = [(".".join(str(part) for part in fault["loc"]), fault["msg"]) for fault in faults]
    return Problem("settings-invalid", faults=listed)


def _check_devin_key(key: str, org_id: str | None) -> None:
    """A Devin key of a kind that has metrics, and that the organization's id goes with."""
    if not KEY.fullmatch(key):
        raise Problem("key-odd-character")
    if not key.startswith(("cog_", "apk_user_")):
        raise Problem("key-of-v1" if key.startswith("apk_") else "key-unknown-kind")
    if org_id and key.startswith("apk_user_"):
        raise Problem("org-id-with-v2")


def _check_url(name: str, url: str) -> None:
    """A base address: https, or http to this machine; nothing but a host, a port and a path."""
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").encode("idna"), parts.port
    except (ValueError, UnicodeError):
        raise Problem("url-odd", name=name) from None
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise Problem("url-not-https", name=name)
    if not host or parts.username or parts.query or parts.fragment:
        raise Problem("url-odd", name=name)


def _check_names(table: str, names: Mapping[str, str]) -> None:
    """Names that cannot be confused: none twice in another case, none that is a word of a command."""
    seen: dict[str, str] = {}
    for name, devin_id in names.items():
        place = f"{table}.{redact(name)[:60]}"
        if not name.strip() or len(name) > 100 or fold(name) in RESERVED_NAMES:
            raise Problem("name-odd", place=place, reserved=sorted(RESERVED_NAMES))
        if not devin_id.strip() or devin_id != devin_id.strip() or len(devin_id) > 200:
            raise Problem("id-odd", place=place)
        if fold(name) in seen:
            raise Problem("name-twice", place=place, other=seen[fold(name)])
        seen[fold(name)] = name


def _check_defaults(tz: str, org: str | None, orgs: Mapping[str, str]) -> None:
    """A zone that there is, and an organization that has a name or is named by its id."""
    try:
        zone(tz)
    except Problem as problem:
        raise Problem("default-zone-unknown", name=tz, nearest=problem.data["nearest"]) from None
    if org and not org.startswith("org-") and fold(org) not in {fold(name) for name in orgs}:
        raise Problem("default-org-unknown", name=org, nearest=nearest(org, orgs))
