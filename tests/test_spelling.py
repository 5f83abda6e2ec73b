"""What keyboards, phones and Slack make of a text, and the one spelling that is read."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.problems import Problem
from bot.queries.spelling import SLACK_ENTITIES, SLACK_TOKEN, fold, items, nearest, normalise, quote, words

KEY = "cog_Ab3dEf6hIj"
TOKEN = "xoxb-1234-5678-AbCdEf"

# What normalising changes, and what may stand around it: spaces, quotes, dashes, joiners, accents, keys.
texts = st.text(max_size=80) | st.text(
    "ab e\u0301ﬁ７=,\"'\\“”‘’´–—〜～、。 \u3000\u00a0\t\n\u200b\u200d\u202e\ufeff<>&;|@#U1cog_xoxb-"
)


# Characters


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        pytest.param("ｌａｓｔ　７ｄ", "last 7d", id="full width"),
        pytest.param("ｏｒｇ＝ａ，ｂ", "org=a,b", id="full-width signs"),
        pytest.param("過去７日間", "過去7日間", id="full-width digit among Japanese"),
        pytest.param("ﾗｽﾄ", "ラスト", id="half-width katakana"),
        pytest.param("org=“a b”", 'org="a b"', id="curly double quotes"),
        pytest.param("org=„a b“", 'org="a b"', id="German quotes"),
        pytest.param("org=« a »", 'org=" a "', id="French quotes"),
        pytest.param("org=「a」『b』", 'org="a""b"', id="Japanese quotes"),
        pytest.param("O’Brien ‘x’", "O'Brien 'x'", id="curly single quotes"),
        pytest.param("last\u00a07d\u2003vs=year\u3000share", "last 7d vs=year share", id="exotic spaces"),
        pytest.param("  last \t 7d\r\nshare\n", "last 7d share", id="tabs, lines and spaces at the ends"),
        pytest.param("2026-10-01〜2026-10-31", "2026-10-01~2026-10-31", id="wave dash"),
        pytest.param("2026-10-01～2026-10-31", "2026-10-01~2026-10-31", id="full-width tilde"),
        pytest.param("a–b—c‑d−e‐f", "a-b-c-d-e-f", id="en dash, em dash, hyphens, minus"),
        pytest.param("a、b", "a,b", id="Japanese comma"),
        pytest.param(
            "last\u200b 7\u200dd\ufeff\u00ad", "last 7d", id="zero width, joiner, byte order mark, soft hyphen"
        ),
        pytest.param("\u200elast\u200f \u202e7d\u202c", "last 7d", id="direction marks"),
        pytest.param("last\x007d\x1b\x7f", "last 7d", id="control characters"),
        pytest.param("e\u0301\u200d", "é", id="a letter and its accent"),
        pytest.param("e\u200d\u0301", "é", id="a joiner between them"),
        pytest.param("Zürich 東京 🚀 👍🏽 ñ", "Zürich 東京 🚀 👍🏽 ñ", id="what stays"),
        pytest.param("👩\u200d💻", "👩💻", id="an emoji without its joiner"),
        pytest.param("", "", id="nothing"),
        pytest.param("\u200b \n", "", id="nothing that can be seen"),
    ],
)
def test_characters_are_read_as_a_plain_keyboard_has_them(typed: str, read: str) -> None:
    assert normalise(typed) == read


# Slack


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("org=R&amp;D", "org=R&D"),
        ("a &lt; b &gt; c", "a < b > c"),
        ("&amp;lt;", "&lt;"),
        ("user=<@U1|nick>", "user=U1"),
        ("user=<@U1>,<@W2|b>", "user=U1,W2"),
        ("org=<#C1|payments>", "org=C1"),
        ("user=<mailto:a@b.example|a@b.example>", "user=a@b.example"),
        ("user=<mailto:a@b.example>", "user=a@b.example"),
        ("org=<https://x.example|x.example>", "org=x.example"),
        ("org=<http://x.example>", "org=http://x.example"),
        ("org=&lt;!channel&gt; &amp; *x*", "org=<!channel> & *x*"),
        ("org=&lt;@U1&gt;", "org=<@U1>"),
    ],
)
def test_what_slack_makes_of_a_text_is_undone_once(sent: str, typed: str) -> None:
    assert normalise(sent) == typed


# Secrets


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param(KEY, "cog_…", id="Devin key"),
        pytest.param("apk_user_abc123", "apk_user_…", id="older Devin key"),
        pytest.param(f"org={TOKEN} share", "org=xoxb-… share", id="Slack token"),
        pytest.param(f'"{KEY}"', '"cog_…"', id="in quotes"),
        pytest.param("ｃｏｇ＿Ab3dEf6hIj", "cog_…", id="full width"),
        pytest.param("co\u200bg_Ab3d\u200bEf6hIj", "cog_…", id="with zero-width spaces"),
        pytest.param(TOKEN.replace("-", "\N{NON-BREAKING HYPHEN}"), "xoxb-…", id="with other hyphens"),
        pytest.param(TOKEN.replace("-", "–"), "xoxb-…", id="with en dashes"),
        pytest.param(f"Bearer\t{KEY}", "Bearer …", id="header with a tab"),
        pytest.param(f"&lt;{KEY}&gt;", "<cog_…>", id="as Slack escapes it"),
        pytest.param(f"<https://{KEY}.example|{KEY}.example>", "cog_…", id="as Slack links it"),
    ],
)
def test_a_pasted_key_is_cut_down_to_its_prefix(text: str, read: str) -> None:
    assert normalise(text) == read


# All of it


@given(texts)
def test_what_is_normalised_stays_as_it_is(text: str) -> None:
    once = normalise(text)
    assume(not SLACK_TOKEN.search(once) and not any(entity in once for entity, _ in SLACK_ENTITIES))
    assert normalise(once) == once


@given(texts)
def test_a_normalised_text_has_single_spaces_between_visible_characters(text: str) -> None:
    read = normalise(text)
    assert read == " ".join(read.split())
    assert all(character.isprintable() or ord(character) > 0x7F for character in read)


@pytest.mark.parametrize(("length", "refused"), [(1500, False), (1501, True)])
def test_a_text_of_more_than_1500_characters_is_refused(length: int, refused: bool) -> None:
    if refused:
        with pytest.raises(Problem) as raised:
            normalise("x" * length)
        assert (raised.value.key, raised.value.data) == ("text-too-long", {"length": 1501, "longest": 1500})
    else:
        assert len(normalise("x" * length)) == length


# Words and items


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("last 7d org=a", ["last", "7d", "org=a"]),
        ("org = a, b share", ["org=a,b", "share"]),
        ("org=a ,b , c", ["org=a,b,c"]),
        ("org= a", ["org=", "a"]),
        ('org="a b" share', ['org="a b"', "share"]),
        ('org="a , b = c"', ['org="a , b = c"']),
        (r'org="a \" b" share', [r'org="a \" b"', "share"]),
        ('org="a b', ['org="a', "b"]),
        ("O'Brien o'clock", ["O'Brien", "o'clock"]),
        ("", []),
    ],
)
def test_the_words_of_a_text(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a,b", ["a", "b"]),
        (",a,,b,", ["a", "b"]),
        ('"a, b",c', ["a, b", "c"]),
        ('"O\'Brien \\"Q\\" \\\\"', ['O\'Brien "Q" \\']),
        ('a" b "c', ["a b c"]),
        ('5" screen', ['5" screen']),
        ('""', [""]),
        ("", []),
    ],
)
def test_the_items_of_a_value(value: str, found: list[str]) -> None:
    assert items(value) == found


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("payments", "payments"),
        ("O'Brien", "O'Brien"),
        (r"a\b", r"a\b"),
        ("R & D", '"R & D"'),
        ("a,b", '"a,b"'),
        ("a=b", '"a=b"'),
        ("<!channel> & *x*", '"<!channel> & *x*"'),
        ('O\'Brien "Q"', '"O\'Brien \\"Q\\""'),
        ("東京 支社", '"東京 支社"'),
        ("", '""'),
    ],
)
def test_a_name_is_quoted_where_it_needs_to_be(name: str, typed: str) -> None:
    assert quote(name) == typed


@given(st.lists(texts.map(normalise).filter(bool), min_size=1, max_size=4))
def test_quoted_names_come_back_as_the_same_items(names: list[str]) -> None:
    typed = ",".join(map(quote, names))
    assert words(f"org={typed} share") == [f"org={typed}", "share"]
    assert items(typed) == names


# Likeness


@pytest.mark.parametrize("spelling", ["Payments", "PAYMENTS", "ｐａｙｍｅｎｔｓ", " payments\u200b"])
def test_spellings_of_one_name_are_alike(spelling: str) -> None:
    assert fold(spelling) == "payments"


@pytest.mark.parametrize(("name", "other"), [("Straße", "STRASSE"), ("A–B", "a-b"), ("R&amp;D", "r&d")])
def test_names_that_only_differ_in_case_or_dashes_are_alike(name: str, other: str) -> None:
    assert fold(name) == fold(other)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("paymnets", "Payments"), ("SERACH", "search"), ("platfrom", "Platform Team"), ("xyz", None), ("", None)],
)
def test_the_nearest_of_some_names_as_it_is_spelt(word: str, meant: str | None) -> None:
    assert nearest(word, ["Payments", "search", "Platform Team"], cutoff=0.5) == meant
