"""The catalogs have each message of the templates, and a translator needs nothing else."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from jinja2 import Environment, nodes

from bot.messages.locales import language
from bot.queries.languages import LOCALES
from tests.catalogs import LOCALES_FOLDER, TEMPLATES, TRANSLATED, extracted, forms, place, translations, write

FILES = [LOCALES_FOLDER / "messages.pot", *map(place, TRANSLATED)]
NAMES = {"API", "Jira", "Linear", "Slack", "Teams"}  # The same in each language.


FOUND = extracted()


def read(path: Path, locale: str | None = None) -> Catalog:
    return read_po(BytesIO(path.read_bytes()), locale)


def ids(catalog: Catalog) -> set[object]:
    return {message.id for message in catalog if message.id}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(LOCALES_FOLDER)))
def test_a_catalog_has_the_messages_of_the_templates(path: Path) -> None:
    committed, found = ids(read(path)), ids(FOUND)
    assert not found - committed, "`make messages` adds what is missing"
    assert not committed - found, "`make messages` removes what is stale"


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_has_the_values_of_its_message(code: str) -> None:
    assert not [(message.id, errors) for message, errors in read(place(code), LOCALES[code]).check()]


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_bot_says_what_is_translated_and_without_a_translation_english(code: str) -> None:
    translated = translations(read(place(code)))
    compiled = place(code).with_suffix(".mo")
    said = translations(read_mo(BytesIO(compiled.read_bytes()))) if compiled.exists() else {}
    assert said == translated, "`make messages` writes what the bot reads"
    assert language(code).code == (code if translated else "en")


def test_what_a_translator_writes_is_read_by_the_bot_and_stays_while_its_message_does(tmp_path: Path) -> None:
    paths = list(write(tmp_path))
    assert [path.relative_to(tmp_path) for path in paths] == [path.relative_to(LOCALES_FOLDER) for path in FILES]
    zh = place("zh", tmp_path)
    text = zh.read_text("utf-8")
    assert 'msgid "Time zone"\nmsgstr ""' in text
    text = text.replace('msgid "Time zone"\nmsgstr ""', 'msgid "Time zone"\nmsgstr "时区"')
    zh.write_text(text + '\nmsgid "A word of old"\nmsgstr "旧词"\n', "utf-8")
    assert list(write(tmp_path)) == [*paths, zh.with_suffix(".mo")]
    assert zh.read_text("utf-8") == text
    spoken = Translations.load(str(tmp_path), [LOCALES["zh"]])
    assert spoken.gettext("Time zone") == "时区"
    assert spoken.ngettext("%(n)s digest", "%(n)s digests", 2) == "%(n)s digests"


def test_notes_for_translators_come_with_their_messages() -> None:
    assert "earlier period had none" in str(FOUND["new"].auto_comments)


# What a template prints by itself, outside of messages


def printed_beside_messages() -> list[str]:
    """The words of all templates that no catalog has. The file that writes JSON writes no words."""
    environment = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    paths = [path for path in TEMPLATES.rglob("*.j2") if path.name != "_blocks.j2"]
    outputs = [one for path in paths for one in environment.parse(path.read_text("utf-8")).find_all(nodes.Output)]
    texts = [text for output in outputs for node in output.nodes for text in literals(node)]
    return [piece for text in texts for piece in re.split(r"\s*\n\s*", text) if piece]


def literals(node: nodes.Expr) -> Iterator[str]:
    """What a node prints whatever the values are."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Const):
        yield str(node.value)
    elif isinstance(node, nodes.CondExpr):
        yield from literals(node.expr1)
        yield from literals(node.expr2) if node.expr2 else ()


def test_no_template_says_anything_outside_of_a_message() -> None:
    """But for names, the dot between phrases, the comma between blocks, and what stands before a line of the doctor."""
    assert set(printed_beside_messages()) <= NAMES | {" · ", ",", "✗", "✓", "–", " ", "  "}


def test_values_in_a_message_are_apart() -> None:
    """What follows directly on another value is a suffix, which another language may not have there."""
    words = [form for message in FOUND for form in forms(message.id)]
    assert not [one for one in words if re.search(r"%\([a-z_]+\)s%\([a-z_]+\)s", one.replace("%(nbsp)s", " "))]
