"""Where the files that are no code lie."""

from pathlib import Path

PACKAGE = Path(__file__).parent.parent


def share(name: str) -> Path:
    """`templates` or `manifest.yml`: inside the package where it was installed, beside it in a checkout."""
    installed = PACKAGE / "_share" / name
    return installed if installed.exists() else PACKAGE.parent / name
