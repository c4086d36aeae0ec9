# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fresh engine over the sample tables for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import sample


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Any]:
    made = sample.engine(tmp_path)
    yield made
    made.close()


@pytest.fixture
def session(engine: Any) -> Iterator[Any]:
    made = engine.session(sample.context())
    yield made
    made.close()
