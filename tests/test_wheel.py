"""What is installed is whole: a wheel carries its templates, and nothing that would land beside the package."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_wheel_carries_all_that_an_answer_needs(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "installed")
    assert "bot/_share/templates/report.j2" in names
    assert "bot/_share/manifest.yml" in names
    assert "bot/playground/page/index.html" in names
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
