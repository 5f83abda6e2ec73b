"""Settings: the environment over .env over a folder of secrets over a TOML file."""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.devin import Source
from bot.problems import Problem
from bot.spelling import nearest
from bot.zones import zone

DEFAULT_FILE = Path("devin-metrics.toml")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Defaults(_Table):
    """`[defaults]`: what holds where neither a text nor its asker says otherwise."""

    tz: str = "UTC"
    language: Literal["en", "ja", "zh"] = "en"
    week_start: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    org: str | None = None


class Limits(_Table):
    """`[limits]`: seconds for one try of a call; calls and answers at once; days until a closed window is settled."""

    call_deadline: float = Field(default=10, gt=0, le=300)
    concurrent_calls: int = Field(default=8, ge=1, le=64)
    concurrent_answers: int = Field(default=50, ge=1, le=1000)
    settle_days: int = Field(default=30, ge=2, le=365)


Table = Annotated[dict[str, str], NoDecode]
FILE_ONLY = ("orgs", "users", "service_users", "playbooks", "defaults", "limits", "path")


class Settings(BaseSettings):
    """All settings, by their names in the environment. The tables come from the file alone."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True)

    devin_api_key: SecretStr | None = None
    devin_api_url: str = "https://api.devin.ai"
    devin_org_id: str | None = None
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    database_url: SecretStr = SecretStr("sqlite:///devin-metrics.db")
    health_address: str | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] | None = None

    orgs: Table = Field(default_factory=dict)
    users: Table = Field(default_factory=dict)
    service_users: Table = Field(default_factory=dict)
    playbooks: Table = Field(default_factory=dict)
    defaults: Annotated[Defaults, NoDecode] = Defaults()
    limits: Annotated[Limits, NoDecode] = Limits()
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
        """The order of precedence; what `load` passes in is the file, and comes last."""
        outside = (env_settings, dotenv_settings, file_secret_settings)
        return (*(_without_tables(source) for source in outside), init_settings)


def load() -> Settings:
    """The settings of this process, checked. Raises Problem for the first one that cannot be right."""
    from_file = _from_file()
    secrets = os.environ.get("SECRETS_DIR")
    try:
        settings = Settings(_secrets_dir=secrets, **from_file)
    except ValidationError as error:
        raise _invalid(error) from None
    _check_key(settings)
    _check_url("DEVIN_API_URL", settings.devin_api_url)
    _check_url("SLACK_API_URL", settings.slack_api_url)
    zone(settings.defaults.tz)
    return settings


def _without_tables(source: PydanticBaseSettingsSource) -> Callable[[], dict[str, Any]]:
    """A source without the tables: in an environment, a name such as USERS may mean anything."""
    return lambda: {name: value for name, value in source().items() if name not in FILE_ONLY}


def _from_file() -> dict[str, Any]:
    """The file that DEVIN_METRICS_CONFIG names, or `devin-metrics.toml` where that exists; keys in lower case."""
    named = os.environ.get("DEVIN_METRICS_CONFIG")
    path = Path(named) if named else DEFAULT_FILE
    try:
        found = {name.casefold(): value for name, value in tomllib.loads(path.read_text("utf-8")).items()}
    except FileNotFoundError:
        if named:
            raise Problem("settings-file-missing", path=named) from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem("settings-file-broken", path=str(path), detail=str(error)) from None
    for name in found:
        if name not in Settings.model_fields or name == "path":
            known = tuple(Settings.model_fields)
            raise Problem("unknown-setting", name=name, path=str(path), nearest=nearest(name, known))
    return {**found, "path": str(path)}


def _invalid(error: ValidationError) -> Problem:
    """Places and rules only: what was typed may be a key."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    listed = [(".".join(str(part) for part in fault["loc"]), fault["msg"]) for fault in faults]
    return Problem("settings-invalid", faults=listed)


def _check_key(settings: Settings) -> None:
    key = settings.key
    if key is None:
        return
    if not key.isascii() or any(character.isspace() or not character.isprintable() for character in key):
        raise Problem("key-odd-character")
    if not key.startswith(("cog_", "apk_user_")):
        raise Problem("key-of-v1" if key.startswith("apk_") else "key-unknown-kind")
    if settings.devin_org_id and settings.source == "v2-enterprise":
        raise Problem("org-id-with-v2")


def _check_url(name: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise Problem("url-not-https", name=name, scheme=parts.scheme or "none")
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise Problem("url-odd", name=name)
