# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The demo estate, beside the healthy one that all integration tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.conftest import EstateUnderTest, up


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EstateUnderTest]:
    """The estate of ``make demo``, with the faults its scenario plants."""
    with up(tmp_path_factory.mktemp("demo"), "demo") as running:
        yield running
