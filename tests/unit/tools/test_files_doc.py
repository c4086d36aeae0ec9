# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The index of files and the map: what is out of date, silent or gone is said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.tools.files_doc import MAP, PAGE, page, problems


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of three files whose page and map are true."""
    for name, text in {"estate/clock.py": '"""The clock. It ticks."""\n', ".ci/run": "#!/bin/sh\n# Runs all.\n",
                       "tests/unit/test_clock.py": "", str(MAP): "`estate/clock.py`, `clock.py` and `estate/`"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / PAGE).write_text(page(tmp_path), encoding="utf-8")
    return tmp_path


def test_the_page_says_what_the_files_say(project: Path) -> None:
    text = (project / PAGE).read_text(encoding="utf-8")
    assert "## estate/\n\n| file | |\n|---|---|\n| `clock.py` | The clock. |\n" in text
    assert "| `run` | Runs all. |" in text
    assert "test_clock" not in text
    assert problems(project) == []


def test_a_new_file_makes_the_page_out_of_date(project: Path) -> None:
    (project / "estate" / "fog.py").write_text('"""Fog."""\n', encoding="utf-8")
    assert problems(project) == ["docs/files.md is out of date; run: python tests/tools/files_doc.py"]


def test_a_silent_file_and_a_path_that_is_gone_are_named(project: Path) -> None:
    (project / "estate" / "clock.py").write_text("x = 1\n", encoding="utf-8")
    (project / MAP).write_text("`estate/watch.py`", encoding="utf-8")
    (project / PAGE).write_text(page(project), encoding="utf-8")
    assert problems(project) == ["estate/clock.py: says nothing of itself; give it a docstring",
                                 "docs/architecture.md names estate/watch.py, which does not exist"]
