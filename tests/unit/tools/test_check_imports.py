# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lint step that keeps estate and collection apart finds what it must find."""

from __future__ import annotations

from pathlib import Path

from tests.tools.check_imports import problems


def project(tmp_path: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return problems(tmp_path)


def test_plugin_that_imports_the_estate_is_named_with_its_line(tmp_path: Path) -> None:
    found = project(tmp_path, {"plugins/modules/x.py": "import json\nfrom estate.api import Column\n"})
    assert len(found) == 1
    assert found[0].startswith(f"{tmp_path}/plugins/modules/x.py:2: imports estate.api")


def test_estate_that_imports_the_collection_or_ansible_is_named(tmp_path: Path) -> None:
    found = project(tmp_path, {"estate/a.py": "def f():\n    import ansible_collections.medops.dbcare.plugins\n",
                               "estate/b.py": "import ansible.errors\n"})
    assert [line.split(": ")[0] for line in found] == [f"{tmp_path}/estate/a.py:2", f"{tmp_path}/estate/b.py:1"]


def test_role_that_starts_the_estate_is_named(tmp_path: Path) -> None:
    found = project(tmp_path, {"roles/r/tasks/main.yml": "- ansible.builtin.command: python -m estate up\n"})
    assert "roles/r/tasks/main.yml:1" in found[0]


def test_ordinary_words_and_relative_imports_pass(tmp_path: Path) -> None:
    files = {"plugins/a.py": "# real estate of a page\nfrom . import b\n", "estate/x.py": "import json\n",
             "roles/r/tasks/main.yml": "- name: An estate of tables\n"}
    assert project(tmp_path, files) == []
