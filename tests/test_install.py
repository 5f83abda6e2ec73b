"""The Makefile's installation takes what the lock names, on any day, and leaves alone what is in use."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# A build backend of a few lines, so that a project can be installed without any package from elsewhere.
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "product"
version = "1.0"
"""
BACKEND = """
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "product-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("product-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: product\\nVersion: 1.0\\n")
        wheel.writestr("product-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr("product-1.0.dist-info/RECORD", "")
    return name
"""


def wheel(index: Path, name: str, version: str, requires: str = "") -> str:
    """Puts a package into an index folder. Its line in a lock."""
    path = index / f"{name}-{version}-py3-none-any.whl"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: toml\n{requires}"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", f"version = {version!r}\n")
        archive.writestr(f"{name}-{version}.dist-info/METADATA", metadata)
        archive.writestr(
            f"{name}-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{name}-{version}.dist-info/RECORD", "")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


class Checkout:
    """A folder with this repository's Makefile, two locks and an index of packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.index = folder / "index"
        self.folder.mkdir()
        self.index.mkdir()
        shutil.copy(ROOT / "Makefile", self.folder)
        (self.folder / "pyproject.toml").write_text(PYPROJECT)
        (self.folder / "backend.py").write_text(BACKEND)

    def lock(self, name: str, *lines: str) -> None:
        (self.folder / name).write_text("".join(lines))

    def make(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        # The suite may be run by a make itself, which hands its own options down.
        around = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PIP_"))}
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.index), "PIP_CONFIG_FILE": os.devnull}
        return subprocess.run(
            ["make", *arguments, f"PYTHON={sys.executable}"],
            check=False,
            cwd=self.folder,
            env={**around, **pip},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def version(self, environment: str, package: str) -> str:
        code = f"import {package}; print({package}.version)"
        python = self.folder / environment / "bin" / "python"
        return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_a_release_that_is_newer_than_the_lock_does_not_break_the_installation(checkout: Checkout) -> None:
    """As coverage did, which pytest-cov asks for as `coverage[toml]>=7.10.6`: an extra, and no upper bound."""
    covered = wheel(checkout.index, "covered", "1.0")
    runner = wheel(checkout.index, "runner", "1.0", "Requires-Dist: covered[toml]>=1.0\n")
    wheel(checkout.index, "covered", "2.0")
    checkout.lock("requirements.lock", covered)
    checkout.lock("requirements-dev.lock", covered, runner)
    made = checkout.make("venv-dev")
    assert made.returncode == 0, made.stderr
    assert checkout.version(".venv-dev", "covered") == "1.0"


def test_the_environment_in_use_stays_whole_when_an_installation_fails(checkout: Checkout) -> None:
    checkout.lock("requirements-dev.lock")
    checkout.lock("requirements.lock", wheel(checkout.index, "covered", "1.0"))
    assert checkout.make("venv").returncode == 0
    assert checkout.make("venv").stdout == ""  # Nothing to install.

    # A lock that lacks a package, which only `pip check` notices.
    checkout.lock("requirements.lock", wheel(checkout.index, "runner", "1.0", "Requires-Dist: covered>=1.0\n"))
    failed = checkout.make("venv")
    assert failed.returncode != 0
    assert "runner 1.0 requires covered, which is not installed" in failed.stdout
    assert checkout.version(".venv", "covered") == "1.0"


def test_a_folder_of_the_users_own_named_venv_is_left_alone(checkout: Checkout) -> None:
    checkout.lock("requirements.lock")
    checkout.lock("requirements-dev.lock")
    (checkout.folder / ".venv").mkdir()
    planned = checkout.make("-n", "venv").stdout
    link = planned[planned.index("if [ -e .venv ]") :]
    said = subprocess.run(link, shell=True, cwd=checkout.folder, check=True, capture_output=True, text=True).stdout
    assert said.startswith(".venv is a folder and left alone; the environment is .venvs/run-")
    assert checkout.make("clean").returncode == 0
    assert list((checkout.folder / ".venv").iterdir()) == []


def test_two_installations_do_not_take_an_environment_from_each_other(checkout: Checkout) -> None:
    checkout.lock("requirements.lock")
    checkout.lock("requirements-dev.lock")
    target = next(word for word in checkout.make("-n", "venv").stdout.split() if word.endswith(".lock"))
    (checkout.folder / target).mkdir(parents=True)  # As the other one does at its beginning.
    second = checkout.make("venv")
    assert second.returncode != 0
    assert f"Another make installs into {target.removesuffix('.lock')}" in second.stdout
