# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lint step for sizes, twins and module documentation finds what it must find, and no more."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools.check_size import problems
from tests.tools.twins import twins

MODULE = '''
DOCUMENTATION = r"""
module: x
short_description: Do it
version_added: 0.1.0
author: somebody
description: Does it.
options:
  name:
    description: Of what.
    type: str
"""
EXAMPLES = r"""
- name: Do it
  medops.dbcare.x:
"""
RETURN = r"""
done:
  description: Whether.
  returned: success
  type: bool
"""
'''
SUM = '''
def {name}({rows}):
    {total} = 0
    for {row} in {rows}:
        if {row}.{part} > {least}:
            {total} += {row}.{part}
    return {total} or None
'''
BYTES = SUM.format(name="used", rows="files", row="file", total="size", part="bytes", least=0)
SECONDS = SUM.format(name="waited", rows="sessions", row="session", total="seconds", part="wait", least=15)


def checked(tmp_path: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return problems(tmp_path)[1]


def function(lines: int, name: str = "f") -> str:
    """A function of so many lines: its head, a list over the lines between, its end."""
    middle = [f"        {name}{number}," for number in range(lines - 3)]
    return "\n".join([f"def {name}():", f"    return {name}, [", *middle, "    ]"]) + "\n"


def constants(lines: int, name: str = "A") -> str:
    return "".join(f"{name}{number} = {number}\n" for number in range(lines))


# -- lengths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lines", "found"), [(80, 0), (81, 1)])
def test_a_function_has_at_most_80_lines(tmp_path: Path, lines: int, found: int) -> None:
    short = "".join(function(3, f"g{number}") for number in range(20))
    assert checked(tmp_path, {"estate/a.py": short + function(lines)}) == [
        "estate/a.py:61 f has 81 lines, more than 80"][:found]


def test_decorators_are_no_lines_of_a_function(tmp_path: Path) -> None:
    short = "".join(function(3, f"g{number}") for number in range(20))
    assert checked(tmp_path, {"estate/a.py": short + "@wraps(\n    f\n)\n" + function(80)}) == []


def test_the_median_holds_for_the_whole_and_for_each_folder(tmp_path: Path) -> None:
    files = {"plugins/a.py": function(13), "estate/b.py": function(3) + function(3, "g")}
    assert checked(tmp_path, files) == ["plugins: the median function has 13 lines, more than 12"]


def test_one_function_in_ten_may_be_longer_than_40_lines(tmp_path: Path) -> None:
    short = "".join(function(3, f"g{number}") for number in range(9))
    assert checked(tmp_path, {"tests/a.py": short + function(41)}) == []
    assert checked(tmp_path, {"tests/a.py": short + function(41) + function(41, "h")}) == [
        "all: one function in ten has 41 lines or more; 40 are allowed",
        "tests: one function in ten has 41 lines or more; 40 are allowed"]


def test_files_and_modules_have_their_own_limits(tmp_path: Path) -> None:
    files = {"estate/a.py": constants(451), "estate/b.py": constants(450, "B"),
             "plugins/modules/x.py": MODULE + constants(301 - MODULE.count("\n"), "C")}
    assert checked(tmp_path, files) == ["estate/a.py has 451 lines, more than 450",
                                        "plugins/modules/x.py has 301 lines, more than 300"]


def test_what_git_does_not_track_is_not_looked_at(tmp_path: Path) -> None:
    assert len(checked(tmp_path, {name: constants(451) for name in ("estate/a.py", ".venv/b.py", "build/c.py")})) == 1
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert problems(tmp_path)[1] == []
    subprocess.run(["git", "-C", str(tmp_path), "add", "-f", "build/c.py"], check=True)
    assert problems(tmp_path)[1] == ["build/c.py has 451 lines, more than 450"]


# -- documentation of modules ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ("", "", None),
    ("EXAMPLES", "EXAMPLE", "has no EXAMPLES"),
    ("version_added: 0.1.0\n", "", ": DOCUMENTATION lacks version_added"),
    ("    type: str\n", "", ": option name has no description or no type"),
    ("  returned: success\n", "", ": RETURN does not say of done what, when and of which type"),
])
def test_a_module_documents_all_of_itself(tmp_path: Path, old: str, new: str, sentence: str | None) -> None:
    found = checked(tmp_path, {"plugins/modules/x.py": MODULE.replace(old, new)})
    assert [line.removeprefix("plugins/modules/x.py").lstrip() for line in found] == ([sentence] if sentence else [])


# -- twins -------------------------------------------------------------------------------------------------------------


def pairs(**sources: str) -> list[tuple[str, str, str]]:
    return [(twin.left.name, twin.right.name, twin.how)
            for twin in twins({f"{name}.py": text for name, text in sources.items()})]


def test_six_equal_lines_are_twins_whatever_stands_between_them() -> None:
    commented = BYTES.replace("\n    for", '\n\n    # each file\n    import os\n    for').replace(
        "used(files):", 'used(files):\n    """Bytes."""')
    deeper = "class C:\n" + BYTES.replace("\n", "\n    ")
    assert pairs(a=BYTES, b=commented) == [("a.py:used", "b.py:used", "lines")]
    assert pairs(a=BYTES, b=deeper) == [("a.py:used", "b.py:C.used", "lines")]


def test_five_equal_lines_are_none() -> None:
    assert pairs(a=BYTES, b=BYTES.replace("return size or None", "print(size)")) == []


def test_six_statements_with_other_names_and_numbers_are_twins() -> None:
    assert pairs(a=BYTES, b=SECONDS) == [("a.py:used", "b.py:waited", "shape")]


@pytest.mark.parametrize(("old", "new"), [("> 15", "< 15"), ("+=", "-="), ("or None", "and None")])
def test_six_statements_that_do_something_else_are_none(old: str, new: str) -> None:
    assert pairs(a=BYTES, b=SECONDS.replace(old, new)) == []


def test_twins_in_one_file_are_found_with_their_lines() -> None:
    (twin,) = twins({"a.py": BYTES + SECONDS})
    assert str(twin) == "a.py:2-7 (used) has the same shape as a.py:9-14 (waited)"


def test_a_table_and_the_fields_of_a_class_are_no_logic() -> None:
    table = "".join(f'NAME_{number} = {number}\ncall("{number}")\n' for number in range(12))
    fields = ("a: int", "b: int | None", "c: dict[str, int]", "d: int = 0", "e: str = f()", "f: int")
    record = "\n    ".join(["class A:", *fields])
    assert pairs(a=table) == []
    assert pairs(a=record, b=record.replace("int", "float")) == []


@pytest.mark.parametrize(("excuses", "sentences"), [
    ([], ["estate/a.py:2-7 (used) has the same shape as estate/b.py:2-7 (waited); write it once"]),
    ([{"places": ["estate/a.py:used", "estate/b.py:waited"], "reason": "bytes and seconds"}], []),
    ([{"places": ["estate/a.py:used", "estate/b.py:waited"], "reason": " "}],
     ["tests/tools/twins.yml: estate/a.py:used, estate/b.py:waited are excused without a reason"]),
    ([{"places": ["estate/a.py:used", "estate/b.py:waited", "estate/c.py:gone"], "reason": "bytes and seconds"}],
     ["tests/tools/twins.yml: estate/c.py:gone has no twin any more; remove it"]),
])
def test_twins_are_excused_with_a_reason_and_as_long_as_they_are(
        tmp_path: Path, excuses: list[dict[str, Any]], sentences: list[str]) -> None:
    files = {"estate/a.py": BYTES, "estate/b.py": SECONDS, "tests/tools/twins.yml": yaml.safe_dump(excuses)}
    assert checked(tmp_path, files) == sentences
