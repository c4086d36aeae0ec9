# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How administrative statements are split and read."""

from __future__ import annotations

import pytest

from estate.admin.registry import handler_of, procedure_of
from estate.admin.words import Words
from estate.api import OraError


def starts(sql: str) -> list[str]:
    words = Words(sql)
    found = []
    while words.next is not None and words.next.kind == "word":
        found.append(words.name())
    return found


def test_words_are_upper_case_and_quoted_ones_keep_their_case() -> None:
    words = Words('create user "Mixed Case" identified by "Pa$$ w0rd"')
    assert words.take("CREATE", "USER")
    assert words.name() == "Mixed Case"
    assert words.take("IDENTIFIED", "BY")
    assert words.name() == "Pa$$ w0rd"
    words.end()


def test_sizes_are_bytes() -> None:
    assert [Words(text).size() for text in ("512", "8k", "100M", "2 G", "1T")] == [
        512, 8192, 104857600, 2147483648, 1099511627776]


def test_what_is_not_there_is_oracles_error() -> None:
    words = Words("ALTER SYSTEM KILL SESSION")
    words.take("ALTER", "SYSTEM", "KILL", "SESSION")
    with pytest.raises(OraError) as caught:
        words.text(26, "missing or invalid session ID")
    assert caught.value.code == 26


def test_what_follows_the_end_is_ora_00933() -> None:
    words = Words("ALTER SYSTEM CHECKPOINT nonsense")
    words.take("ALTER", "SYSTEM", "CHECKPOINT")
    with pytest.raises(OraError) as caught:
        words.end()
    assert (caught.value.code, caught.value.position) == (933, 24)


def test_unfinished_string_is_ora_01756() -> None:
    with pytest.raises(OraError) as caught:
        Words("ALTER SYSTEM KILL SESSION '12,3")
    assert caught.value.code == 1756


def test_comments_and_semicolons_are_not_words() -> None:
    words = Words("/* why */ ALTER SYSTEM -- and so\n CHECKPOINT ;")
    assert words.take("ALTER", "SYSTEM", "CHECKPOINT")
    assert not words.more()


@pytest.mark.parametrize(("sql", "handler"), [
    ("ALTER SYSTEM SWITCH LOGFILE", "alter_system"),
    ("ALTER DATABASE OPEN", "alter_database"),
    ("ALTER PLUGGABLE DATABASE P OPEN", "alter_pdb"),
    ("CREATE BIGFILE TABLESPACE T", "create_tablespace"),
    ("CREATE AUDIT POLICY P ACTIONS LOGON", "create_policy"),
    ("AUDIT POLICY P", "audit_policy"),
    ("AUDIT CREATE SESSION", "traditional"),
    ("GRANT DBA TO X", "grant"),
])
def test_the_longest_beginning_finds_the_handler(sql: str, handler: str) -> None:
    found = handler_of(starts(sql))
    assert found is not None
    assert found[0].__name__ == handler


def test_queries_and_dml_are_nobodys() -> None:
    assert handler_of(["SELECT", "DUMMY", "FROM", "DUAL"]) is None
    assert handler_of(["CREATE", "TABLE", "T"]) is None


def test_unknown_package_and_unknown_procedure_differ() -> None:
    with pytest.raises(OraError, match=r"PLS-00201: identifier 'DBMS_NOPE.RUN' must be declared"):
        procedure_of("DBMS_NOPE.RUN")
    with pytest.raises(OraError, match="PLS-00302: component 'NOPE' must be declared"):
        procedure_of("DBMS_STATS.NOPE")


def test_arguments_by_position_and_by_name() -> None:
    call = procedure_of("DBMS_STATS.SET_TABLE_PREFS")
    values = call.arguments({0: "HIS", 1: "ORDERS", "pname": "STALE_PERCENT", "PVALUE": "5"})
    assert values == {"ownname": "HIS", "tabname": "ORDERS", "pname": "STALE_PERCENT", "pvalue": "5"}
    with pytest.raises(OraError, match="PLS-00306: wrong number or types of arguments in call to 'SET_TABLE_PREFS'"):
        call.arguments({0: "HIS"})
