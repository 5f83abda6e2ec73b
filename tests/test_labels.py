"""How foreign labels are made to fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import labels as labels_module
from bot.messages.labels import ELLIPSIS, shorten, shorten_all

# What makes up characters of several code points: letters, accents, joiners, skin tones, flags, jamo, sound marks.
pieces = st.text("ab é\u0301\u200d\ufe0f👩💻👍🏽🇩🇪ᄒ\u1161\u11ab한ﾊﾞ\U000e0067", max_size=40)
limits = st.integers(10, 40)


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("Payments", 8, "Payments"),
        ("Payments", 7, "Paymen…"),
        ("Payments", 1, "…"),
        ("Payments and platform", 13, "Payments and…"),
        ("Payments and platform", 10, "Payments…"),
    ],
)
def test_a_text_that_is_too_long_ends_with_an_ellipsis_that_counts(text: str, limit: int, shown: str) -> None:
    assert shorten(text, limit) == shown


@pytest.mark.parametrize(
    "character",
    [
        pytest.param("e\u0301", id="letter and accent"),
        pytest.param("❤\ufe0f", id="emoji and variation selector"),
        pytest.param("1\ufe0f\u20e3", id="keycap"),
        pytest.param("👩\u200d💻", id="emoji joined to another"),
        pytest.param("👍🏽", id="emoji and skin tone"),
        pytest.param("🇩🇪", id="flag of a country"),
        pytest.param("🏴\U000e0067\U000e0062\U000e007f", id="flag of a region"),
        pytest.param("\u1112\u1161\u11ab", id="Hangul jamo"),
        pytest.param("\u1112하", id="Hangul initial and syllable"),
        pytest.param("ﾊ\uff9e", id="halfwidth katakana and sound mark"),
        pytest.param("م\u200c", id="letter and non-joiner"),
        pytest.param("क\u094dष", id="Devanagari conjunct"),
    ],
)
def test_no_character_is_cut_in_two(character: str) -> None:
    text = "x" + character * 3
    cuts = {shorten(text, limit).removesuffix(ELLIPSIS) for limit in range(1, len(text))}
    assert cuts <= {("x" + character * times).rstrip() for times in range(3)} | {""}


def test_flags_are_counted_from_the_first_of_their_row() -> None:
    assert shorten("🇩🇪🇫🇷🇬🇧", 4) == "🇩🇪…"


def test_nothing_fits_into_no_room() -> None:
    with pytest.raises(ValueError, match="0"):
        shorten("Payments", 0)


@given(pieces, limits)
def test_a_shortened_text_has_room(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


@given(pieces, limits)
def test_a_shortened_text_is_the_beginning_of_the_whole_one(text: str, limit: int) -> None:
    shown = shorten(text, limit)
    assert shown == text or text.startswith(shown.removesuffix(ELLIPSIS))


@given(pieces, limits)
def test_a_shortened_text_is_not_shortened_again(text: str, limit: int) -> None:
    shown = shorten(text, limit)
    assert shorten(shown, limit) == shown


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        pytest.param(["Payments", "Search"], ["Payments", "Search"], id="room for all"),
        pytest.param(["Payments gateway", "Search"], ["Payments…", "Search"], id="one too long"),
        pytest.param(["Payments east", "Payments west"], ["Paym… east", "Paym… west"], id="same beginning"),
        pytest.param(["Team 1 of Bonn", "Team 2 of Bonn"], ["Team 1 of…", "Team 2 of…"], id="same end"),
        pytest.param(["Payments 1 team", "Payments 2 team"], ["Paym… team", "Payme… (2)"], id="same beginning and end"),
        pytest.param(["Payments 👍🏽east", "Payments 👍🏽west"], ["Payme…east", "Payme…west"], id="end in a character"),
        pytest.param(["01:00", "01:00"], ["01:00", "01:00 (2)"], id="the same twice"),
        pytest.param(["01:00", "01:00", "01:00 (2)"], ["01:00", "01:00 (3)", "01:00 (2)"], id="number already in use"),
        pytest.param(
            ["Payments gateway", "Payments…"], ["Paym…teway", "Payments…"], id="shortened form already in use"
        ),
    ],
)
def test_labels_stay_apart(labels: list[str], shown: list[str]) -> None:
    assert shorten_all(labels, 10) == shown


def test_the_work_of_labels_that_begin_alike_grows_with_their_number_and_not_with_its_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cuts = 0

    def counted(text: str, limit: int) -> str:
        nonlocal cuts
        cuts += 1
        return shorten(text, limit)

    monkeypatch.setattr(labels_module, "shorten", counted)
    shown = shorten_all([f"the same beginning {number:05} and the same end" for number in range(5000)], 20)
    assert len(set(shown)) == 5000
    assert cuts <= 4 * 5000


@given(st.lists(pieces), limits)
def test_no_two_labels_are_shown_alike(labels: list[str], limit: int) -> None:
    shown = shorten_all(labels, limit)
    assert len(set(shown)) == len(labels)


@given(st.lists(pieces), limits)
def test_all_labels_have_room(labels: list[str], limit: int) -> None:
    assert all(len(label) <= limit for label in shorten_all(labels, limit))


@given(st.lists(pieces, unique=True), limits)
def test_labels_that_have_room_stay_as_they_are(labels: list[str], limit: int) -> None:
    for label, shown in zip(labels, shorten_all(labels, limit), strict=True):
        assert shown == label or len(label) > limit
