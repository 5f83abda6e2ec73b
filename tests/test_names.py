"""A public name means one thing: what two modules of the bot define under one name has a reason."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

BOT = Path(__file__).parent.parent / "bot"
MIGRATIONS = BOT / "store/migrations/versions"  # Each one stands for itself, with Alembic's names.
REASONS = {
    "log": "each module's own logger",
    "run": "what a table of commands calls, in Slack and in the terminal",
    "register": "what adds one kind of listener to Bolt's app",
    "path": "what devin/http.py calls of a version of the API",
    "params": "what devin/http.py calls of a version of the API",
    "counts": "what devin/http.py calls of a version of the API",
    "begin": "a field of a form in slack/forms/",
    "asked": "a field of a form in slack/forms/",
    "page": "a field of a form in slack/forms/",
    "WRONG_AT": "the fields of a form at which its Problems stand",
}


def public_names(source: str) -> Iterator[str]:
    """The functions, classes and constants of a module without an underscore before them."""
    for node in ast.parse(source).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found = [name]
            case ast.Assign(targets=targets):
                found = [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                found = [name]
            case _:
                found = []
        yield from (name for name in found if not name.startswith("_"))


def test_a_name_that_two_modules_define_has_a_reason() -> None:
    modules: defaultdict[str, set[str]] = defaultdict(set)
    for path in {*BOT.rglob("*.py")} - {*MIGRATIONS.glob("*.py")}:
        for name in public_names(path.read_text("utf-8")):
            modules[name].add(str(path.relative_to(BOT)))
    twice = {name: sorted(where) for name, where in modules.items() if len(where) > 1}
    assert {name: where for name, where in twice.items() if name not in REASONS} == {}
    assert REASONS.keys() - twice.keys() == set()  # A reason without a second definition is stale.


def test_public_names_are_functions_classes_and_constants() -> None:
    source = "import os\nA, B = 1, 2\nC: int = 3\n_d = 4\ndef e(): f = 5\nclass G: h = 6\nasync def i(): pass\n"
    assert [*public_names(source)] == ["A", "B", "C", "e", "G", "i"]
