# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The example of docs/writing-a-check.md is a site's catalogue that loads beside the built-in one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "writing-a-check.md"
BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
NAMED = re.compile(r"# catalogue/(\S+\.yml)")


def write_example(folder: Path) -> None:
    """The guide's YAML, as files under ``folder``."""
    for block in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        named = NAMED.match(block)
        if named is None and not block.startswith("storage."):
            continue
        path = folder / (named[1] if named else "contract/limits.yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block, encoding="utf-8")


def test_the_example_loads(tmp_path: Path) -> None:
    write_example(tmp_path)
    catalogue = load_catalogue([str(tmp_path)])
    assert catalogue.checks["storage.recycle_bin"]["probe"] == "recycle_bin"
    assert catalogue.limits["storage.max_recycle_bin_mb"]["value"] == 10240
    assert "storage.tablespace_free" in catalogue.checks


def test_a_check_without_its_limit_is_refused(tmp_path: Path) -> None:
    write_example(tmp_path)
    (tmp_path / "contract" / "limits.yml").unlink()
    with pytest.raises(BadInput, match=r'recycle_bin.yml: limit "storage.max_recycle_bin_mb" does not exist'):
        load_catalogue([str(tmp_path)])
