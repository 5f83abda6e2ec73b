"""Settings: where they come from, and what is wrong with them."""

from pathlib import Path

import pytest

from bot.config.settings import forget_proxies, load
from bot.messages.page import Page
from bot.messages.render import render
from bot.problems import Problem

pytestmark = pytest.mark.usefixtures("nothing_set")


def toml(text: str) -> None:
    Path("devin-metrics.toml").write_text(text, "utf-8")


def refused() -> Problem:
    with pytest.raises(Problem) as caught:
        load()
    return caught.value


def words(problem: Problem) -> str:
    return render(Page("problems/problem", "en", {"problem": problem})).text


def test_the_environment_wins_over_env_file_over_secrets_over_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("secrets").mkdir()
    monkeypatch.setenv("SECRETS_DIR", "secrets")
    toml('devin_api_key = "cog_toml"')
    assert load().key == "cog_toml"
    Path("secrets/devin_api_key").write_text("cog_secret\n", "utf-8")
    assert load().key == "cog_secret"
    Path(".env").write_text("DEVIN_API_KEY=cog_dotenv\n", "utf-8")
    assert load().key == "cog_dotenv"
    monkeypatch.setenv("DEVIN_API_KEY", "cog_environment")
    assert load().key == "cog_environment"


@pytest.mark.parametrize(
    ("key", "org", "source"),
    [
        ("cog_a", None, "v3-enterprise"),
        ("cog_a", "org-1", "v3-organization"),
        ("apk_user_a", None, "v2-enterprise"),
    ],
)
def test_the_key_selects_the_endpoint(monkeypatch: pytest.MonkeyPatch, key: str, org: str | None, source: str) -> None:
    monkeypatch.setenv("DEVIN_API_KEY", key)
    if org:
        monkeypatch.setenv("DEVIN_ORG_ID", org)
    assert load().source == source


@pytest.mark.parametrize(
    ("environment", "key"),
    [
        ({"DEVIN_API_KEY": "cog_a\nb"}, "key-odd-character"),
        ({"DEVIN_API_KEY": "cog_a b"}, "key-odd-character"),
        ({"DEVIN_API_KEY": "cog_ä"}, "key-odd-character"),
        ({"DEVIN_API_KEY": "apk_12345"}, "key-of-v1"),
        ({"DEVIN_API_KEY": "sk-12345"}, "key-unknown-kind"),
        ({"DEVIN_API_KEY": "apk_user_1", "DEVIN_ORG_ID": "org-1"}, "org-id-with-v2"),
        ({"DEVIN_API_URL": "http://api.devin.ai"}, "url-not-https"),
        ({"DEVIN_API_URL": "api.devin.ai"}, "url-not-https"),
        ({"DEVIN_API_URL": "https://"}, "url-odd"),
        ({"DEVIN_API_URL": "https://me:secret@api.devin.ai"}, "url-odd"),
        ({"LOG_LEVEL": "loud"}, "settings-invalid"),
        ({"DEVIN_METRICS_CONFIG": "nowhere.toml"}, "settings-file-missing"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], key: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    problem = refused()
    assert problem.key == key
    said = words(problem)
    assert len(said.splitlines()) >= 2
    assert not any(secret in said for secret in ("12345", "secret@", "cog_a"))


@pytest.mark.parametrize(
    ("text", "key", "words_"),
    [
        ("[orgz]\n", "unknown-setting", "Did you mean “orgs”?"),
        ("wibble = 1\n", "unknown-setting", "which is no setting"),
        ("path = 'x'\n", "unknown-setting", "which is no setting"),
        ("orgs = \n", "settings-file-broken", "cannot be read as TOML"),
        ("[orgs]\npayments = 7\n", "settings-invalid", "“orgs.payments”: Input should be a valid string"),
        ("[limits]\nsettle_days = 0\n", "settings-invalid", "“limits.settle_days”"),
        ("[limits]\nwibble = 0\n", "settings-invalid", "“limits.wibble”: Extra inputs are not permitted"),
        ("[access]\nworkspaces = ['E01GRID']\n", "settings-invalid", "“access.workspaces"),
        ("[access]\nworkspaces = ['T01 OPS']\n", "settings-invalid", "“access.workspaces"),
        ("[defaults]\ntz = 'Berlin'\n", "default-zone-unknown", "Did you mean “Europe/Berlin”?"),
        ("devin_api_key = 7\n", "settings-invalid", "“devin_api_key”"),
    ],
)
def test_a_mistake_in_the_file_is_named_by_its_place(text: str, key: str, words_: str) -> None:
    toml(text)
    problem = refused()
    assert problem.key == key
    assert words_ in words(problem)


def test_white_space_around_a_key_is_left_out_and_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVIN_API_KEY", " cog_a \n")
    assert load().key == "cog_a"
    assert load().key_was_trimmed


def test_an_empty_key_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVIN_API_KEY", " ")
    assert load().key is None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:1", "https://api.x.example"]
)
def test_http_is_for_this_machine_only(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DEVIN_API_URL", url)
    assert load().devin_api_url == url


def test_the_file_gives_names_and_defaults() -> None:
    toml(
        '[orgs]\nPayments = "org-1"\n[defaults]\ntz = "Asia/Tokyo"\nweek_start = "sunday"\n[limits]\nsettle_days = 14\n'
        '[access]\nworkspaces = ["T02", "T01"]\n'
    )
    settings = load()
    assert settings.orgs == {"Payments": "org-1"}
    assert settings.defaults.tz == "Asia/Tokyo"
    assert settings.limits.settle_days == 14
    assert settings.access.workspaces == {"T01", "T02"}
    assert settings.path == "devin-metrics.toml"


def test_a_variable_that_shares_a_name_with_a_table_means_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERS", "ann,bob")
    monkeypatch.setenv("LIMITS", "{")
    monkeypatch.setenv("PATH_", "x")
    assert load().users == {}


def test_settings_print_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVIN_API_KEY", "cog_verysecret")
    assert "verysecret" not in repr(load())


@pytest.mark.parametrize(
    ("text", "key", "words_"),
    [
        (
            '[orgs]\npayments = "org-1"\nPayments = "org-2"\n',
            "name-twice",
            "“orgs.Payments” and “payments” are one name",
        ),
        ('[orgs]\nall = "org-1"\n', "name-odd", "“all”"),
        ('[users]\nme = "user-1"\n', "name-odd", "“users.me” cannot be a name"),
        ('[orgs]\nempty = ""\n', "id-odd", "“orgs.empty” has no Devin id"),
        (f'[orgs]\n{"x" * 2000} = "org-1"\n', "name-odd", "one to 100 characters"),
        (
            '[defaults]\norg = "paymants"\n[orgs]\npayments = "org-1"\n',
            "default-org-unknown",
            "Did you mean “payments”?",
        ),
        ('[defaults]\norg = "nobody"\n', "default-org-unknown", "“defaults.org” is “nobody”"),
        ('[orgs]\na = "org-1"\n[Orgs]\nb = "org-2"\n', "unknown-setting", "“Orgs”"),
        ("cog_secretsecret = 1\n", "unknown-setting", "“cog_…”"),
    ],
)
def test_names_that_could_be_mixed_up_are_refused(text: str, key: str, words_: str) -> None:
    toml(text)
    problem = refused()
    assert problem.key == key
    assert words_ in words(problem)


@pytest.mark.parametrize("url", ["https://[::1", "https://host:abc", "https://"])
def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DEVIN_API_URL", url)
    assert refused().key == "url-odd"


def test_a_folder_of_secrets_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRETS_DIR", "nowhere")
    assert "“SECRETS_DIR” names “nowhere”" in words(refused())


def test_the_env_file_may_name_the_settings_file() -> None:
    Path(".env").write_text("DEVIN_METRICS_CONFIG=other.toml\n", "utf-8")
    Path("other.toml").write_text('[orgs]\npayments = "org-1"\n', "utf-8")
    assert load().orgs == {"payments": "org-1"}


def test_empty_variables_and_capitals_are_as_compose_files_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    monkeypatch.setenv("LOG_FORMAT", "")
    monkeypatch.setenv("DEVIN_ORG_ID", " org-1 ")
    settings = load()
    assert (settings.log_level, settings.log_format, settings.devin_org_id) == ("info", None, "org-1")


def test_proxies_are_forgotten_whatever_their_case(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"HTTPS_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "HOME": "/"}
    monkeypatch.setattr("bot.config.settings.os.environ", environment)
    forget_proxies()
    assert environment == {"HOME": "/"}
