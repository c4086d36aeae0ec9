# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""LOB contents and open cursors, without a network."""

from __future__ import annotations

import pytest

from estate.api import Column, OraError, Result
from estate.wire import lobs, packets, replies
from estate.wire.binds import BindMeta
from estate.wire.buffer import Reader
from estate.wire.constants import FV_19_1_EXT1
from estate.wire.cursors import CursorTable
from estate.wire.lobs import LobStore
from estate.wire.profiles import ClientTypes, Layout, profile
from estate.wire.requests import LobCall
from estate.wire.scrolling import FIRST, LAST, NEXT, PRIOR, scroll_rows


def write(store: LobStore, locator: bytes, offset: int, data: bytes) -> None:
    store.call(LobCall(lobs.WRITE, locator, offset, 0, data=data))


def test_writes_inside_after_and_past_the_end() -> None:
    store = LobStore()
    clob = store.add("", 1, temporary=True)
    write(store, clob, 1, "血压".encode())
    write(store, clob, 3, b" ok")
    write(store, clob, 2, "糖".encode())
    write(store, clob, 8, b"!")
    assert store.get(clob).content == "血糖 ok  !"
    blob = store.add(b"", temporary=True)
    write(store, blob, 3, b"\x01")
    assert store.get(blob).content == b"\x00\x00\x01"


@pytest.mark.parametrize(("call", "code"), [
    (LobCall(lobs.WRITE, b"", 0, 0, data=b"x"), 24801), (LobCall(lobs.TRIM, b"", 0, 0, amount=9), 22926),
    (LobCall(lobs.READ, b"", 0, 0, amount=1), 24801), (LobCall(lobs.CLOSE, b"", 0, 0), 22289),
    (LobCall(0x4321, b"", 0, 0), 3001),
])
def test_wrong_operations_are_errors(call: LobCall, code: int) -> None:
    store = LobStore()
    call.locator = store.add("abc", 1, temporary=True)
    with pytest.raises(OraError) as failure:
        store.call(call)
    assert failure.value.code == code


def test_freed_and_unknown_locators_do_not_exist() -> None:
    store = LobStore()
    locators = [store.add(text, 1, temporary=True) for text in ("a", "b", "c")]
    store.free(b"".join(locators[:2]))
    assert store.get(locators[2]).content == "c"
    with pytest.raises(OraError, match="ORA-22922"):
        store.get(locators[0])
    assert len(store) == 1


def test_old_row_lobs_are_dropped_and_temporary_ones_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lobs, "MAX_LOBS", 10)
    store = LobStore()
    kept = store.add("kept", 1, temporary=True)
    first = store.add("row 0", 1)
    for number in range(1, 30):
        last = store.add(f"row {number}", 1)
    assert store.get(last).content == "row 29"
    assert store.get(kept).content == "kept"
    with pytest.raises(OraError, match="ORA-22922"):
        store.get(first)


def table(limit: int = 300) -> CursorTable:
    return CursorTable(LobStore(), Layout.plain(FV_19_1_EXT1), limit=limit)


def test_cursor_ids_are_reused_and_limited() -> None:
    cursors = table(limit=3)
    ids = [cursors.create("select 1 from dual").id for _ in range(3)]
    assert ids == [1, 2, 3]
    with pytest.raises(OraError, match="ORA-01000"):
        cursors.create("select 1 from dual")
    cursors.close(2)
    assert cursors.create("x").id == 2
    with pytest.raises(OraError, match="ORA-01001"):
        cursors.get(99)


def test_rows_are_taken_lazily_and_the_iterator_is_closed() -> None:
    taken: list[int] = []
    closed: list[bool] = []

    def rows() -> object:
        try:
            for number in range(1000):
                taken.append(number)
                yield (number,)
        finally:
            closed.append(True)

    cursors = table()
    cursor = cursors.create("select n from t")
    cursor.open(Result("query", (Column("N", "NUMBER"),), rows()))  # type: ignore[arg-type]
    assert [row[0] for row in cursor.take(3)] == [0, 1, 2]
    assert len(taken) == 3
    cursors.close(cursor.id)
    assert closed == [True]


def test_defines_must_match_the_columns() -> None:
    cursor = table().create("select n from t")
    cursor.open(Result("query", (Column("N", "NUMBER"),)))
    with pytest.raises(OraError, match="ORA-01007"):
        cursor.define([BindMeta(1, 0, 10, 0, 0, 1), BindMeta(1, 0, 10, 0, 0, 1)])


def test_defining_a_clob_as_long_text_sends_it_inline() -> None:
    cursor = table().create("select c from t")
    cursor.open(Result("query", (Column("C", "CLOB"),), iter([("血压",), (None,)])))
    assert cursor.needs_define
    cursor.define([BindMeta(8, 0, 0, 0, 0, 1)])
    assert not cursor.needs_define
    assert cursor.encode(cursor.take(5)) == b"\x07\x06" + "血压".encode() + b"\x00\x00" + b"\x07\x00\x00\x00"


def test_scrolling() -> None:
    cursor = table().create("select n from t")
    cursor.open(Result("query", (Column("N", "NUMBER"),), iter([(number,) for number in range(10)])), scrollable=True)
    assert scroll_rows(cursor, FIRST, 0, 2) == ([(0,), (1,)], 0)
    assert scroll_rows(cursor, LAST, 0, 2) == ([(9,)], 9)
    absolute, relative = 0x20, 0x40
    assert scroll_rows(cursor, absolute, 4, 1) == ([(3,)], 3)
    assert scroll_rows(cursor, NEXT, 0, 2) == ([(4,), (5,)], 4)
    assert scroll_rows(cursor, relative, 8, 1) == ([(7,)], 7)
    assert scroll_rows(cursor, PRIOR, 0, 1) == ([(6,)], 6)
    assert scroll_rows(cursor, absolute, 40, 1)[0] == []


def test_error_message_fields() -> None:
    error = OraError(942, "table or view does not exist", 14)
    reader = Reader(replies.outcome_message(replies.Outcome.of(error, 7), FV_19_1_EXT1, 2, 5))
    assert reader.u8() == 4
    assert [reader.ub() for _ in range(8)] == [2, 5, 0, 942, 0, 0, 7, 14]
    assert reader.data.endswith(b"ORA-00942: table or view does not exist\n")


def test_forms_follow_the_types_that_the_client_lists() -> None:
    new = ClientTypes(24, types={27: 10, 652: 1, 663: 1})
    assert new.layout(profile("23ai")) == Layout(24, 24, 24)
    assert new.layout(profile("19")) == Layout(13, 13, 13)
    old = ClientTypes(22, types={27: 1, 612: 1, 639: 1})
    assert old.layout(profile("23ai")) == Layout(22, 16, 13, wide_scale=True)


def test_accept_has_the_length_that_go_clients_check() -> None:
    for version, size in ((319, 61), (318, 45), (315, 41), (314, 32)):
        accept = packets.accept(version, 8192, 0)
        assert len(accept) == size
        assert int.from_bytes(accept[20:22], "big") == size
