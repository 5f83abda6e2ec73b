"""Refuses to let people of another company read what is shared in a channel."""

from bot.commands.channel_errors import channel_problem
from bot.commands.ports import Services, SlackError
from bot.problems import Problem


async def check_readers(channel: str, services: Services, *, alone: str, shared: bool | None = None) -> None:
    """Raises Problem where another company may read a channel that is not among the `shared_channels`.

    `alone` is the text that shows the same to the asker alone. `shared` is what an event has told; a channel to which
    another company is only invited is not shared by that. Where Slack does not tell at all, it counts as shared.
    """
    if channel in services.shared_channels or services.channels is None:
        return
    if channel.startswith("D"):  # Of which Slack tells a bot nothing, unless it takes part.
        raise Problem("nothing-to-share", alone=alone)
    try:
        shared = shared or (await services.channels.standing(channel)).shared
    except SlackError as error:
        if shared is False and error.code == "missing_scope":
            return
        problem = channel_problem(error, channel)
        raise Problem(problem.key, **problem.data, alone=alone) from error
    if shared:
        raise Problem("channel-shared", channel=channel, alone=alone)
