"""Writes the catalogs of the other languages from the templates: `make messages`."""

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bot.messages.share import share
from bot.queries.languages import CODES, LOCALES

TEMPLATES = share("templates")
LOCALES_FOLDER = TEMPLATES / "locales"
TRANSLATED = tuple(code for code in CODES if code != "en")  # The templates are in English.
METHODS = [("**.j2", "jinja2.ext.babel_extract")]
# As `bot.messages.render` reads the templates. What cannot be parsed is an error.
READ_AS = {"trimmed": "true", "newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
OPTIONS = {"**.j2": {**READ_AS, "silent": "false"}}
COMMENT = """\
# The words of Devin Metrics, from its templates. `make messages` brings this up to date.
# %(BOLD)s and %(END)s stand around bold words."""
# What a header says of people, and of when and by what it was written.
LEFT_OUT = re.compile(rb'(?m)^"(POT|PO|Project|Report|Last|Language-Team|Generated)\b.*\n')


def extracted() -> Catalog:
    """Every message of the templates, with the files that it stands in and its notes to translators."""
    catalog = Catalog(header_comment=COMMENT, fuzzy=False)
    found = extract_from_dir(TEMPLATES, METHODS, OPTIONS, comment_tags=("NOTE:",), strip_comment_tags=True)
    for file, line, message, notes, context in found:
        catalog.add(message, None, [(file, line)], auto_comments=notes, context=context)
    return catalog


def updated(code: str, template: Catalog, folder: Path = LOCALES_FOLDER) -> Catalog:
    """The catalog of a language with the template's messages alone. A translation stays while its message does."""
    path = place(code, folder)
    kept = read_po(BytesIO(path.read_bytes() if path.exists() else b""), LOCALES[code])
    kept.update(template, no_fuzzy_matching=True)
    kept.obsolete.clear()
    kept.header_comment, kept.fuzzy = COMMENT, False
    return kept


def place(code: str, folder: Path = LOCALES_FOLDER) -> Path:
    """Where the catalog of a language lies: `ja/LC_MESSAGES/messages.po`."""
    return folder / code / "LC_MESSAGES" / "messages.po"


def translations(catalog: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """What a catalog has words for: by the message, with its plural, the words for each number."""
    found = {forms(message.id): forms(message.string) for message in catalog if message.id}
    return {message: words for message, words in found.items() if any(words)}


def forms(words: str | Iterable[str] | None) -> tuple[str, ...]:
    """A message or its plurals."""
    return (words,) if isinstance(words, str) else tuple(words or ())


def write(folder: Path = LOCALES_FOLDER) -> Iterator[Path]:
    """Writes the template, each catalog, and what the bot reads of those with a translation; yields the paths."""
    template = extracted()
    folder.mkdir(exist_ok=True)
    yield _written(folder / "messages.pot", _printed(template))
    for code in TRANSLATED:
        catalog, path = updated(code, template, folder), place(code, folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        yield _written(path, _printed(catalog))
        if translations(catalog):
            yield _written(path.with_suffix(".mo"), _compiled(catalog))


def _printed(catalog: Catalog) -> bytes:
    """A catalog that is the same whenever and wherever it is written: without dates, line numbers and line breaks."""
    file = BytesIO()
    write_po(file, catalog, width=0, sort_by_file=True, include_lineno=False)
    header, rest = file.getvalue().split(b"\n\n", 1)
    return LEFT_OUT.sub(b"", header + b"\n") + b"\n" + rest


def _compiled(catalog: Catalog) -> bytes:
    """What gettext reads: translations alone, since Babel would take a message's singular for one without words."""
    for message in set(map(forms, (message.id for message in catalog))) - {("",), *translations(catalog)}:
        catalog.delete(message[0])
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    for written in write():
        print(written.relative_to(TEMPLATES.parent))
