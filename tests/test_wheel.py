"""What is released is whole: a wheel carries its templates, a source distribution all that the README tells to run."""

import email
import re
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def build(kind: str, folder: Path) -> Path:
    """A wheel or a source distribution of this repository."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (built,) = folder.iterdir()
    return built


def test_a_wheel_carries_all_that_an_answer_needs(tmp_path: Path) -> None:
    with zipfile.ZipFile(build("wheel", tmp_path)) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "installed")
    assert "bot/_share/templates/report/report.j2" in names
    assert "bot/_share/manifest.yml" in names
    assert "bot/playground/page/index.html" in names
    assert "bot/store/migrations/procrastinate_3.10.0.sql" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"bot", "devin_metrics"}
    asked = subprocess.run(
        [sys.executable, "-m", "bot", "ask", "--sample", "last week"],
        cwd=tmp_path / "installed",
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert asked.stdout.startswith("Last week: ")


def test_the_page_of_a_release_refers_to_no_file_of_the_repository(tmp_path: Path) -> None:
    with zipfile.ZipFile(build("wheel", tmp_path)) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        page = str(email.message_from_bytes(archive.read(name)).get_payload())
    assert page.startswith("# Devin Metrics")
    assert "<picture" not in page
    assert "More pictures" not in page
    assert not [link for link in re.findall(r"\]\(([^)]+)\)", page) if not link.startswith("http")]


def test_what_the_readme_tells_to_run_runs_from_a_source_distribution(tmp_path: Path) -> None:
    subprocess.run(["tar", "xzf", build("sdist", tmp_path)], cwd=tmp_path, check=True, timeout=60)
    (shipped,) = (path for path in tmp_path.iterdir() if path.is_dir())
    targets = sorted(set(re.findall(r"(?m)(?:^|`)make ([a-z]+)", (ROOT / "README.md").read_text("utf-8"))))
    assert {"run", "test", "check", "bench", "torture"} <= set(targets)
    subprocess.run(["make", "-n", *targets], cwd=shipped, check=True, capture_output=True, timeout=60)
    for module in ("benchmarks/__main__.py", "torture/__main__.py", "tests/browser/pictures.py"):
        assert (shipped / module).exists()
    tests = [sys.executable, "-m", "pytest", "-q", "tests/test_readme.py", "tests/test_manifest.py"]
    subprocess.run(tests, cwd=shipped, check=True, capture_output=True, timeout=120)
