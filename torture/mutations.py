"""The rules that a sabotaged copy of the product is without, each with the tests that have to notice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    """One rule taken out: in `file`, the text `before` (which stands there exactly once) becomes `after`.

    `tests` are pytest arguments of the rule's own tests; at least one of them has to fail.
    """

    rule: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


MENTIONS = "tests/test_mentions_in_slack.py::"
STRANGERS = "tests/test_strangers_in_slack.py::"
PROFILE = "tests/test_torture.py"  # The short run of `make torture`.
CLAIMS = "tests/test_digests_claims.py::"
CONTRACT = "tests/test_digests_contract.py::TestDigests::"
NIGHTS = "tests/test_digests_nightly_readings.py::"
PLANNER = "tests/test_digests_planner.py::"
RECONNECTS = "tests/test_reconnects.py::"
RESPONSE_URL = "tests/test_response_url.py::"
RETRIES = "tests/test_retries.py::"
SERVER = "tests/test_server.py::"
STORE = "tests/test_store.py::"
TEAMS = "tests/test_digests_teams.py::"
TELEMETRY = "tests/test_telemetry.py::"

MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "A connection that is given up ends its transaction first.",
        "bot/store/__init__.py",
        'event.listen(engine.sync_engine, "invalidate", _end_transaction)',
        "pass",
        ("tests/test_store.py::test_a_writer_that_is_cancelled_leaves_no_lock_wherever_it_was",),
    ),
    Mutation(
        "An answer that Slack may have is not sent twice.",
        "bot/slack/asking.py",
        """        if error.unclear:
            raise
""",
        "",
        ("tests/test_in_slack.py::test_an_answer_that_slack_may_have_is_not_sent_twice_and_can_be_asked_for_again",),
    ),
    Mutation(
        "A 200 that says no is a refusal.",
        "bot/slack/reply.py",
        'isinstance(told, dict) and told.get("ok") is False',
        "False",
        ("tests/test_in_slack.py::test_where_the_response_url_fails_the_answer_goes_to_the_asker_directly",),
    ),
    Mutation(
        "A signed request counts for five minutes.",
        "bot/slack/signatures.py",
        "if off <= LONGEST_AGE else",
        "if off >= 0 else",
        ("tests/test_signed_http.py::test_a_signed_stamp_that_is_further_off_is_stale_and_says_how_far",),
    ),
    Mutation(
        "The same signed body is answered once.",
        "bot/slack/http.py",
        "if not self._repeats.first(signed, self._clock()):",
        "if self._repeats.first(signed, self._clock()) is None:",
        ("tests/test_signed_http.py::test_the_same_signed_body_is_answered_once",),
    ),
    Mutation(
        "A response URL that is none of Slack's is not used.",
        "bot/slack/reply.py",
        "if not is_slacks(self.url, self.client.base_url):",
        "if not self.url:",
        (f"{RESPONSE_URL}test_where_the_response_url_is_odd_the_answer_goes_to_the_asker_directly",),
    ),
    Mutation(
        "A request over HTTP is whole within ten seconds.",
        "bot/slack/server.py",
        "call_later(self._all.whole_within, self.abort)",
        "call_later(self._all.whole_within, str)",
        (f"{SERVER}test_a_request_that_is_not_whole_in_time_is_given_up",),
    ),
    Mutation(
        "A crowd of connections that say nothing makes room for a request.",
        "bot/slack/server.py",
        "next(iter(waiting)).abort()",
        "return False",
        (f"{SERVER}test_a_crowd_that_says_nothing_costs_no_request",),
    ),
    Mutation(
        "A process that was frozen does not post once its claim may be over.",
        "bot/digests/sender.py",
        "if context.now() > at + context.timing.lease - context.timing.longest_post:",
        "if False:",
        (
            f"{CLAIMS}test_a_process_that_was_frozen_until_a_post_might_outlast_its_lease_does_not_post[sqlite-91-waiting]",
        ),
    ),
    Mutation(
        "What a frozen process left may have been posted: it is looked for.",
        "bot/digests/sender.py",
        'raise Outcome("waiting", unclear=True, run_at=context.now())',
        'raise Outcome("waiting", run_at=context.now())',
        ("tests/test_digests_claims.py::test_what_a_frozen_process_left_is_looked_for_and_then_sent_once[sqlite]",),
    ),
    Mutation(
        "Just before a post it is seen again whether the digest was paused, removed or moved.",
        "bot/digests/sender.py",
        "            self._still_wanted(claim, await find_digest(connection, context.team, claim.delivery.digest))\n",
        "",
        ("tests/test_digests_claims.py::test_a_digest_that_is_paused_while_its_report_is_made_is_not_posted",),
    ),
    Mutation(
        "One digest that cannot be planned does not keep the others.",
        "bot/digests/planner.py",
        "async with connection.begin_nested():",
        "if connection:",
        (f"{PLANNER}test_a_digest_that_cannot_be_planned_does_not_keep_the_others_and_leaves_nothing_behind[sqlite]",),
    ),
    Mutation(
        "Readings for later are made at the hour of the nightly round only.",
        "bot/digests/runner.py",
        "if await nightly.run() and at.astimezone(tz).hour == NIGHTLY_RULE.time.hour:",
        "if await nightly.run():",
        (
            f"{NIGHTS}test_readings_are_made_at_the_hour_of_the_round_and_not_when_a_process_starts_at_another[sqlite-14:05]",
        ),
    ),
    Mutation(
        "A writer has SQLite's file to itself before it reads.",
        "bot/store/__init__.py",
        '"BEGIN IMMEDIATE" if writes else "BEGIN"',
        '"BEGIN"',
        (f"{STORE}test_of_two_processes_that_read_before_they_write_the_second_reads_what_the_first_has_written",),
    ),
    Mutation(
        "The ticket in a websocket's address reaches no log.",
        "bot/telemetry.py",
        "|[?&]ticket=|",
        "|",
        ("tests/test_telemetry.py::test_the_address_of_a_websocket_reaches_no_log",),
    ),
    Mutation(
        "The wait for a delivery's next try grows.",
        "bot/digests/outcome.py",
        "max(age / 2, timing.first_retry)",
        "timing.first_retry",
        ("tests/test_retries.py::test_from_try_to_try_the_waits_grow_from_seconds_to_a_quarter_of_an_hour",),
    ),
    Mutation(
        "The wait for a delivery's next try has a limit.",
        "bot/digests/outcome.py",
        "min(max(age / 2, timing.first_retry), timing.longest_retry)",
        "max(age / 2, timing.first_retry)",
        ("tests/test_retries.py::test_from_try_to_try_the_waits_grow_from_seconds_to_a_quarter_of_an_hour",),
    ),
    Mutation(
        "A pause that Slack asks for has a limit.",
        "bot/digests/outcome.py",
        "return min(asked, timing.longest_retry)",
        "return asked",
        (f"{RETRIES}test_slack_is_left_alone_for_as_long_as_it_asks_but_for_a_quarter_of_an_hour_at_most",),
    ),
    Mutation(
        "At the start the wait for Slack grows up to a limit.",
        "bot/slack/connection.py",
        "pause = min(2 * pause, LONGEST_CONNECT_PAUSE)",
        "pause = 2 * pause",
        ("tests/test_retries.py::test_at_the_start_the_waits_for_slack_double_up_to_half_a_minute",),
    ),
    Mutation(
        "Each connection that Slack refuses makes the next one wait twice as long.",
        "bot/slack/reconnects.py",
        "FIRST_PAUSE * 2.0 ** min(self._early - 1, MOST_DOUBLINGS)",
        "FIRST_PAUSE",
        (f"{RECONNECTS}test_each_refusal_makes_the_next_connection_wait_twice_as_long_up_to_a_minute",),
    ),
    Mutation(
        "The bot and not the SDK connects anew after a `disconnect`.",
        "bot/slack/socket.py",
        "        if not force and not await self.is_connected():",
        "        await super().connect_to_new_endpoint(force)\n        if not await self.is_connected():",
        (f"{RECONNECTS}test_told_to_go_each_time_the_bot_asks_for_few_connections_a_minute",),
    ),
    Mutation(
        "A renewal that Slack asks for in good time is no fault.",
        "bot/slack/reconnects.py",
        "if reason in RENEWALS or reason == ENDED:",
        "if reason == ENDED:",
        (f"{RECONNECTS}test_the_end_of_a_connection_that_has_lived_is_no_fault",),
    ),
    Mutation(
        "While a process is replaced, Slack may count two connections.",
        "bot/slack/ghosts.py",
        "self._now() - self._since >= RECONNECT_TAKES",
        "self._now() >= self._since",
        ("tests/test_ghosts.py::test_a_second_connection_for_a_moment_is_no_ghost",),
    ),
    Mutation(
        "Replicas that start together connect at different moments.",
        "bot/telemetry.py",
        "return seconds * secrets.randbelow(1000) / 1000",
        "return seconds / 2",
        (f"{TELEMETRY}test_replicas_that_start_together_wait_for_anything_from_nothing_to_the_whole_length",),
    ),
    Mutation(
        "A count is restated where it differs by more than the limit, and not at the limit.",
        "bot/digests/restate.py",
        "abs(now - sent) > max(Fraction(LEAST_DIFFERENCE), tolerance * sent)",
        "abs(now - sent) >= max(Fraction(LEAST_DIFFERENCE), tolerance * sent)",
        ("tests/test_restate.py",),
    ),
    Mutation(
        "A difference of two is not restated, however small the count.",
        "bot/digests/restate.py",
        "max(Fraction(LEAST_DIFFERENCE), tolerance * sent)",
        "tolerance * sent",
        ("tests/test_restate.py",),
    ),
    Mutation(
        "Nothing is restated before it is final.",
        "bot/digests/restate.py",
        "if age(now) < FINAL_AFTER:",
        "if False:",
        ("tests/test_restate.py::test_nothing_is_restated_before_it_is_final",),
    ),
    Mutation(
        "A change of one per cent or more is told in whole per cent.",
        "bot/messages/locales.py",
        "digits = 0 if abs(change) >= Fraction(1, 100) else 1",
        "digits = 0 if abs(change) > Fraction(1, 100) else 1",
        ("tests/test_locales.py::test_a_change_in_per_cent_has_a_place_after_the_point_below_one_per_cent",),
    ),
    Mutation(
        "A change in per cent that rounds to nothing is not told.",
        "bot/messages/locales.py",
        'if rounded(change, digits + 2) else ""',
        'if change else ""',
        ("tests/test_locales.py::test_a_change_in_per_cent_has_a_place_after_the_point_below_one_per_cent",),
    ),
    Mutation(
        "A text names the command and the bot as the workspace does.",
        "bot/messages/render.py",
        '{"COMMAND": names.command, "BOT": names.bot}',
        '{"COMMAND": AS_INSTALLED.command, "BOT": AS_INSTALLED.bot}',
        ("tests/test_command_names.py::test_no_message_says_a_name_that_is_not_in_use",),
    ),
    Mutation(
        "A command's name that was typed is stored, so that a digest after a restart says it.",
        "bot/slack/names.py",
        "self._known[team] = _Known(command, self._now(), stored=False)",
        "self._known[team] = _Known(command, self._now(), stored=True)",
        ("tests/test_workspace_names.py::test_a_name_that_was_typed_holds_at_once_and_after_a_restart",),
    ),
    Mutation(
        "Sentences are joined as the language joins them.",
        "bot/messages/render.py",
        '"sentences": partial(_joined, chosen.gap)',
        '"sentences": partial(_joined, " ")',
        ("tests/test_whole_sentences.py::test_a_report_says_whole_sentences[by-week]",),
    ),
    Mutation(
        "A figure and its change are one message.",
        "templates/report/_figures.j2",
        "{% elif up %}{% trans what, value, amount=moved[1:] %}{{ what }}: {{ value }}, up {{ amount }}{% endtrans %}",
        "{% elif up %}{{ what }}: {{ value }}{% trans amount=moved[1:] %}, up {{ amount }}{% endtrans %}",
        ("tests/test_whole_sentences.py::test_a_report_says_whole_sentences[running]",),
    ),
    Mutation(
        "Under a problem that passes the same question can be asked again.",
        "templates/problems/problem.j2",
        "{% if asked is defined and asked and problem.passing %}",
        "{% if false %}",
        ("tests/test_problems.py::test_under_a_problem_that_passes_the_same_question_can_be_asked_again",),
    ),
    Mutation(
        "Under a problem that lasts there is no button to try again.",
        "templates/problems/problem.j2",
        "{% if asked is defined and asked and problem.passing %}",
        "{% if asked is defined and asked %}",
        ("tests/test_problems.py::test_under_a_problem_that_lasts_it_cannot",),
    ),
    Mutation(
        "A change of a form that a later one has overtaken is given up.",
        "bot/slack/forms/modals.py",
        'if error.code != "hash_conflict" or newest.get(view["id"]) != at:',
        'if error.code != "hash_conflict":',
        ("tests/test_modals.py::test_a_change_that_a_later_one_has_overtaken_is_given_up[socket]",),
    ),
    Mutation(
        "A digest that was changed meanwhile is not overwritten.",
        "bot/store/digests.py",
        "row = update(digests).where(*_is_digest(team, changed.id), digests.c.version == changed.version)",
        "row = update(digests).where(*_is_digest(team, changed.id))",
        (f"{CONTRACT}test_of_two_changes_of_the_same_version_the_second_is_refused[sqlite]",),
    ),
    Mutation(
        "The digests that tests keep in memory refuse what the database refuses.",
        "tests/digests_told.py",
        "if found is None or found.version != changed.version:",
        "if found is None:",
        (f"{CONTRACT}test_of_two_changes_of_the_same_version_the_second_is_refused[told]",),
    ),
    Mutation(
        "Rates of five sessions are compared, of fewer they are not.",
        "bot/reports/report.py",
        '< SMALLEST_SAMPLE and metric.kind != "count"',
        '<= SMALLEST_SAMPLE and metric.kind != "count"',
        ("tests/test_report.py::test_rates_of_five_are_compared",),
    ),
    Mutation(
        "From 48 hours on a reading will do for an hour.",
        "bot/devin/cache.py",
        "ttl = TTL_MOVING if closed < FINAL_AFTER else TTL_FINAL",
        "ttl = TTL_MOVING if closed <= FINAL_AFTER else TTL_FINAL",
        ("tests/test_reuse.py::test_a_reading_will_do_for_as_long_as_its_window_is_quiet", "-k", "sqlite"),
    ),
    Mutation(
        "What is looked for is of the age that the report compares with.",
        "bot/devin/reading_age.py",
        "return -(-wanted * 9 // 10), wanted * 10 // 9",
        "return -(-wanted * 9 // 10), wanted * 11 // 10",
        ("tests/test_reuse.py::test_nine_and_ten_days_are_one_age_whichever_is_asked_about",),
    ),
    Mutation(
        "A delivery is not taken before its next try.",
        "bot/store/deliveries.py",
        "        and_(deliveries.c.state.in_(UNCLAIMED), deliveries.c.run_at <= at),\n        and_(",
        "        and_(deliveries.c.state.in_(UNCLAIMED)),\n        and_(",
        (f"{CLAIMS}test_a_delivery_that_waits_for_its_next_try_is_not_taken_before[sqlite--1-False]",),
    ),
    Mutation(
        "A delivery is not taken while its holder's lease lasts.",
        "bot/store/deliveries.py",
        "        and_(deliveries.c.state.in_(CLAIMED), deliveries.c.lease_until < at),\n    )\n",
        "        and_(deliveries.c.state.in_(CLAIMED)),\n    )\n",
        # Only now and then does the profile bring a delivery to a second process while the first one holds it.
        (PROFILE, f"{CLAIMS}test_a_delivery_is_free_again_when_its_lease_has_ended_and_not_before[sqlite-119-False]"),
    ),
    Mutation(
        "Who held a delivery before cannot move it.",
        "bot/store/deliveries.py",
        "    return *mine, deliveries.c.attempt == claim.delivery.attempt\n",
        "    return mine\n",
        ("tests/test_digests_claims.py::test_who_held_a_delivery_before_can_neither_move_it_nor_give_it_back[sqlite]",),
    ),
    Mutation(
        "Who takes over a delivery that was being posted knows that it may be there.",
        "bot/store/deliveries.py",
        'case((deliveries.c.state == "posting", True), else_=deliveries.c.unclear)',
        "deliveries.c.unclear",
        (f"{CLAIMS}test_who_takes_over_a_delivery_that_was_being_posted_knows_that_it_may_be_there[sqlite-True-True]",),
    ),
    Mutation(
        "A post that may be there is looked for before it is repeated.",
        "bot/digests/sender.py",
        "        await self._find_earlier_post(claim, thread)\n",
        "",
        ("tests/test_digests_claims.py::test_what_a_frozen_process_left_is_looked_for_and_then_sent_once[sqlite]",),
    ),
    Mutation(
        "The wait for another call to Devin grows.",
        "bot/devin/http.py",
        "wait_initial=0.5, wait_max=LONGEST_RETRY_WAIT",
        "wait_initial=0.5, wait_max=LONGEST_RETRY_WAIT, wait_exp_base=1",
        ("tests/test_devin_over_sockets.py::test_the_third_try_comes_after_a_longer_wait_than_the_second",),
    ),
    Mutation(
        "Calls to Devin that failed together are not made again together.",
        "bot/devin/http.py",
        "wait_initial=0.5, wait_max=LONGEST_RETRY_WAIT",
        "wait_initial=0.5, wait_max=LONGEST_RETRY_WAIT, wait_jitter=0",
        ("tests/test_devin_over_sockets.py::test_those_who_failed_together_do_not_try_again_together",),
    ),
    Mutation(
        "What is overdue by exactly the limit is not skipped.",
        "bot/digests/catch_up.py",
        "if at - one.at <= skip_after]",
        "if at - one.at < skip_after]",
        (
            "tests/test_digests_catch_up.py::test_skip_sends_what_is_overdue_by_a_quarter_of_an_hour_and_nothing_that_is_older",
        ),
    ),
    Mutation(
        "A digest that is late by exactly the limit says so.",
        "bot/digests/drafter.py",
        "at - delivery.due < self.context.timing.late else at",
        "at - delivery.due <= self.context.timing.late else at",
        ("tests/test_digests_told.py::test_a_digest_says_that_it_is_late_from_five_minutes_on[300-True]",),
    ),
    Mutation(
        "What comes late is looked for before it is posted, though it was planned in time.",
        "bot/digests/sender.py",
        "if not delivery.unclear and not after_outage and now - delivery.due < timing.late:",
        "if not delivery.unclear and not after_outage:",
        (f"{CLAIMS}test_what_was_planned_in_time_and_comes_late_is_looked_for_first[sqlite-300-1]",),
    ),
    Mutation(
        "A pause that Slack asks for between looks into channels holds for all deliveries.",
        "bot/digests/sender.py",
        "            await block_slots(self.context.store, self.context.team, HISTORY, until)\n",
        "",
        ("tests/test_digests_slots.py::test_where_slack_asks_for_fewer_looks_nobody_looks_before_that_time",),
    ),
    Mutation(
        "A delivery that another process has taken is left to that one.",
        "bot/digests/sender.py",
        '            if await change_state(connection, claim, "posting", at, **posting) is None:\n'
        "                raise ClaimLost\n",
        '            await change_state(connection, claim, "posting", at, **posting)\n',
        (f"{CLAIMS}test_a_delivery_that_another_process_has_taken_while_its_report_was_made_is_left_to_that_one",),
    ),
    Mutation(
        "A notice is tried for six hours at most.",
        "bot/digests/notices.py",
        "return None if again is None or late else context.now() + again",
        "return None if again is None else context.now() + again",
        ("tests/test_digests_notices.py::test_after_six_hours_a_notice_is_tried_no_more[sqlite-6-False]",),
    ),
    Mutation(
        "Nothing is restated where nobody knows which message it belongs under.",
        "bot/digests/drafter.py",
        "if old is None or not old.ts:",
        "if old is None:",
        ("tests/test_digests_told.py::test_nothing_is_restated_where_nobody_knows_which_message_it_belongs_under",),
    ),
    Mutation(
        "A delivery that nobody works on is named again only after a while.",
        "bot/store/deliveries.py",
        "deliveries.c.run_at < at - stranded_after)",
        "deliveries.c.run_at < at)",
        (f"{PLANNER}test_a_delivery_that_nobody_works_on_is_named_after_five_minutes_and_not_at_once_again[sqlite]",),
    ),
    Mutation(
        "A digest that is paused stays so for its own reason.",
        "bot/store/digests.py",
        "    row = update(digests).where(*_is_digest(team, digest_id), digests.c.paused.is_(None))\n",
        "    row = update(digests).where(*_is_digest(team, digest_id))\n",
        (f"{PLANNER}test_a_digest_that_its_steward_has_paused_stays_paused_by_hand[sqlite]",),
    ),
    # These are noticed by the short run of `make torture`.
    Mutation(
        "A post that may have arrived is looked for before it is repeated.",
        "bot/digests/sender.py",
        "        await self._find_earlier_post(claim, thread)\n",
        "",
        (PROFILE,),
    ),
    Mutation(
        "Who has lost a delivery to another holder cannot move it.",
        "bot/store/deliveries.py",
        "    return *mine, deliveries.c.attempt == claim.delivery.attempt\n",
        "    return mine\n",
        (PROFILE,),
    ),
    Mutation(
        "A digest is posted, not given up without a try.",
        "bot/digests/sender.py",
        "            return await self._send(claim)\n",
        '            return Outcome("failed")\n',
        (PROFILE,),
    ),
    Mutation(
        "A post that was under way when its process ended may have arrived.",
        "bot/store/deliveries.py",
        """        "unclear": case((deliveries.c.state == "posting", True), else_=deliveries.c.unclear),
""",
        "",
        (PROFILE,),
    ),
    Mutation(
        "A post whose answer was lost may have arrived.",
        "bot/digests/sender.py",
        'Outcome("waiting", unclear=True, run_at=now + ',
        'Outcome("waiting", run_at=now + ',
        (PROFILE,),
    ),
    Mutation(
        "A delivery that a database interrupted is brought again when the database is back.",
        "bot/digests/sender.py",
        "            await self._enqueue_again_when_up(delivery_id)\n",
        "",
        ("tests/test_digests_sent.py::test_what_a_database_that_went_away_interrupted_is_sent_when_it_is_back",),
    ),
    Mutation(
        "A replica takes the jobs of its own workspaces alone.",
        "bot/digests/replicas.py",
        "super().fetch_job(self.queues, worker_id)",
        "super().fetch_job(None, worker_id)",
        (f"{TEAMS}test_a_bot_of_one_workspace_on_the_same_database_and_the_organization_s_leave_each_other_alone",),
    ),
    Mutation(
        "A process claims the deliveries of its own workspaces alone.",
        "bot/store/deliveries.py",
        "        deliveries.c.team_id.in_(teams),\n        UNDER_WAY,\n",
        "        UNDER_WAY,\n",
        (f"{TEAMS}test_a_bot_of_one_workspace_on_the_same_database_and_the_organization_s_leave_each_other_alone",),
    ),
    Mutation(
        "Of an organization the workspaces that are named are the only ones.",
        "bot/store/installation.py",
        "        if self.named:\n",
        "        if False:\n",
        (f"{TEAMS}test_a_workspace_that_is_not_named_rests",),
    ),
    Mutation(
        "An event that Slack repeats is answered once.",
        "bot/slack/asking.py",
        "if asker.event and not await _is_new(asker.event, request, bot):",
        "if False:",
        (f"{MENTIONS}test_an_event_that_slack_repeats_is_answered_once",),
    ),
    Mutation(
        "A message that was edited is not asked again.",
        "bot/slack/mentions.py",
        ' and not event.get("edited")',
        "",
        (f"{MENTIONS}test_what_is_not_said_to_it_by_a_person_is_ignored",),
    ),
    Mutation(
        "A mention alone changes nothing.",
        "bot/slack/asking.py",
        "if request.public and command.changes(rest):",
        "if False:",
        (f"{MENTIONS}test_a_digest_asked_for_by_a_mention_is_set_up_when_the_asker_says_so",),
    ),
    Mutation(
        "What is for its asker alone is not shown to those who read the mention.",
        "bot/slack/asking.py",
        "(request.public and not page.private)",
        "request.public",
        (
            f"{MENTIONS}test_an_answer_about_single_people_is_for_the_asker_alone_and_leaves_no_line",
            f"{MENTIONS}test_what_is_wrong_with_a_mention_is_for_the_asker_alone",
        ),
    ),
    Mutation(
        "People of another company are refused.",
        "bot/slack/access.py",
        'raise Problem("other-company")',
        "return",
        (f"{STRANGERS}test_their_commands_mentions_and_messages_are_refused_in_a_sentence",),
    ),
    Mutation(
        "In a shared channel people of another company change nothing.",
        "bot/slack/access.py",
        "shared and is_for_partners(question)",
        "shared",
        (f"{STRANGERS}test_in_a_shared_channel_of_the_settings_strangers_ask_and_change_nothing",),
    ),
    Mutation(
        "Guests are refused.",
        "bot/slack/access.py",
        "elif not bot.guests and profile and profile.guest:",
        "elif False:",
        (f"{STRANGERS}test_their_commands_mentions_and_messages_are_refused_in_a_sentence",),
    ),
    Mutation(
        "Where Slack does not tell who reads a channel, nothing is shared there.",
        "bot/commands/audience.py",
        "        raise Problem(problem.key, **problem.data, alone=alone) from error\n",
        "        return\n",
        (f"{STRANGERS}test_what_may_be_read_by_others_is_not_shared_and_can_be_shown_to_the_asker_alone",),
    ),
    Mutation(
        "A colleague of another workspace asks as one of that workspace.",
        "bot/slack/bot.py",
        "asker.team if self.workspace.org_wide else self.workspace.team",
        "self.workspace.team",
        (f"{STRANGERS}test_each_workspace_of_an_organization_has_its_own_digests_settings_and_home",),
    ),
    Mutation(
        "A token of another kind is refused before the first call.",
        "bot/config/slack_tokens.py",
        "if found != WANTED[setting]:",
        "if False:",
        ("tests/test_cli.py::test_with_a_token_that_is_rotated_the_bot_does_not_start",),
    ),
    Mutation(
        "Doctor makes no file where there is no database yet.",
        "bot/cli/doctor_database.py",
        "if not file.exists():",
        "if False:",
        ("tests/test_doctor_database.py::test_a_file_that_is_not_there_is_not_made",),
    ),
    Mutation(
        "Doctor reads a database without leaving files beside it.",
        "bot/store/looking.py",
        '{"immutable": "1"}',
        "{}",
        ("tests/test_doctor_database.py::test_looking_makes_no_file_and_changes_none",),
    ),
    Mutation(
        "What Slack has said is not taken for silence.",
        "bot/slack/refusals.py",
        "if error.code in UNANSWERED:",
        "if error.code not in REFUSALS:",
        ("tests/test_refusals.py",),
    ),
    Mutation(
        "A clock that is two minutes wrong is a problem.",
        "bot/cli/doctor_clock.py",
        "MOST_SKEW = timedelta(minutes=2)",
        "MOST_SKEW = timedelta(hours=2)",
        ("tests/test_doctor.py::test_a_clock_that_is_wrong_is_told_with_its_seconds_and_the_other_end",),
    ),
)
