"""Which workspace's digests a terminal means: the token's, the one that it names, or the only one there is."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.cli.services import open_digests
from bot.config.settings import Access, Settings
from bot.playground.slack.standin import Slack
from bot.problems import Problem
from bot.store import Store
from bot.store.digests import add_digest
from tests.at_work import TEAM
from tests.test_digests_contract import DAILY, WEEKLY

OTHER = "T02OTHER"
BOTH = (TEAM, OTHER)


@pytest.fixture
async def settings(file_store: Store, slack: Slack, tmp_path: Path) -> Settings:
    """A token for all of an organization, of which one workspace has one digest and the other has two."""
    slack.enterprise_id, slack.is_enterprise_install = "E01GRID", True
    async with file_store.writing() as connection:
        for team, digest in ((TEAM, WEEKLY), (OTHER, WEEKLY), (OTHER, DAILY)):
            await add_digest(connection, team, digest)
    url = SecretStr(f"sqlite:///{tmp_path}/devin-metrics.db")
    return Settings(slack_bot_token=SecretStr(slack.bot_token), slack_api_url=slack.api_url, database_url=url)


async def count(settings: Settings, team: str | None = None, asks_slack: bool = True) -> int:
    """How many digests the terminal sees."""
    async with open_digests(settings, asks_slack, team) as (services, _):
        assert services.digests
        return len(await services.digests.all())


async def test_with_an_organization_s_token_it_says_which_of_several_is_meant(settings: Settings) -> None:
    for asks_slack in (True, False):
        with pytest.raises(Problem, match="workspace-unclear") as refused:
            await count(settings, asks_slack=asks_slack)
        assert refused.value.data == {"known": [*BOTH]}
        assert [await count(settings, team, asks_slack) for team in BOTH] == [1, 2]


async def test_of_an_organization_the_only_one_that_has_digests_is_meant(settings: Settings) -> None:
    for team, digests in zip(BOTH, (1, 2), strict=True):
        access = Access(workspaces=frozenset({team}))
        assert await count(settings.model_copy(update={"access": access})) == digests


async def test_where_none_has_digests_yet_it_is_named(settings: Settings, tmp_path: Path) -> None:
    new = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{tmp_path}/new.db")})
    with pytest.raises(Problem, match="workspace-unclear") as refused:
        await count(new)
    assert refused.value.data == {"known": []}
    async with open_digests(new, team=OTHER) as (services, _):
        assert services.digests
        await services.digests.add(WEEKLY)
    assert [await count(new), await count(new, TEAM)] == [1, 0]


@pytest.mark.parametrize("org_wide", [True, False])
async def test_a_workspace_that_the_bot_does_not_work_for_is_refused(
    settings: Settings, slack: Slack, org_wide: bool
) -> None:
    slack.is_enterprise_install = org_wide
    named = settings.model_copy(update={"access": Access(workspaces=frozenset({TEAM}))})
    with pytest.raises(Problem, match="workspace-not-served") as refused:
        await count(named, OTHER)
    assert refused.value.data == {"team": OTHER}
    assert await count(named, TEAM) == 1


async def test_without_a_token_the_one_that_it_names_is_meant(settings: Settings) -> None:
    without = settings.model_copy(update={"slack_bot_token": None})
    assert [await count(without, team) for team in BOTH] == [1, 2]
    with pytest.raises(Problem, match="not-set"):
        await count(without)
