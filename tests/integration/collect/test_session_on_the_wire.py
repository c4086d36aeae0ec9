# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The session against a wire that says what no well-behaved database says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.module_utils.session import Session
from estate.api import Column, Result
from estate.wire import Listener
from tests.integration.wire import fake

pytestmark = pytest.mark.integration
FOREIGN = "select foreign bytes"


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    # A lone surrogate goes over the wire as bytes that are no UTF-8, as text of an old GBK client does.
    rows = iter([("a\ud800b", 1), ("病人", 2)])
    answer = Result("query", columns=(Column("TEXT", "VARCHAR2", 60), Column("N", "NUMBER")), rows=rows)
    monkeypatch.setitem(fake.STATEMENTS, FOREIGN, lambda *_given: answer)
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    listener = Listener("127.0.0.1", 0, {"HIS": fake.FakeBackend()})
    asyncio.run_coroutine_threadsafe(listener.start(), loop).result(10)
    yield listener.port
    asyncio.run_coroutine_threadsafe(listener.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)


def test_bytes_of_another_character_set_do_not_cost_the_row(port: int) -> None:
    login = normalise_login(
        {"host": "127.0.0.1", "port": port, "service_name": "HIS", "user": "SCOTT", "password": "tiger-1"}
    )
    with Session(login, "HIS") as session:
        rows = session.query(FOREIGN).rows
    assert [number for _text, number in rows] == [1, 2]
    assert rows[0][0].replace("\ufffd", "") == "ab"
    assert rows[1][0] == "病人"
