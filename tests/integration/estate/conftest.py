# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An estate that tests may leave changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import oracledb
import pytest

from tests.integration.conftest import EstateUnderTest, up

Run = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EstateUnderTest]:
    """A healthy estate of its own; what one test changes the next may find."""
    with up(tmp_path_factory.mktemp("changed"), "healthy") as running:
        yield running


def runner(connection: oracledb.Connection) -> Run:
    """``run(sql, **binds)``: the rows of a query, [] of anything else."""

    def run(sql: str, **binds: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, binds)
            return list(cursor.fetchall()) if cursor.description else []

    return run


@pytest.fixture
def his(changed: EstateUnderTest) -> Iterator[Run]:
    """The administrator of HIS (RAC, 19c), in instance HIS1."""
    with changed.connect("HIS", "admin", instance="HIS1") as connection:
        yield runner(connection)


@pytest.fixture
def lis(changed: EstateUnderTest) -> Iterator[Run]:
    """The administrator of LIS (single instance, 19c)."""
    with changed.connect("LIS", "admin") as connection:
        yield runner(connection)


@pytest.fixture
def emr(changed: EstateUnderTest) -> Iterator[Run]:
    """The common administrator of EMR (23ai), in the root."""
    with changed.connect("EMR", "admin") as connection:
        yield runner(connection)
