# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What users create shows in the dictionary, follows changes, and goes when it is dropped."""

from __future__ import annotations

import pytest

from estate.world.database import Database
from estate.world.sessions import WorldSession
from tests.support.databases import admin, rows, value

MADE = ("CREATE TABLE visits (id NUMBER(10) PRIMARY KEY, name VARCHAR2(20) NOT NULL, fee NUMBER(12,2), seen DATE)",
        "CREATE UNIQUE INDEX visits_name ON visits (name, seen)", "CREATE VIEW seen AS SELECT id, name FROM visits",
        "CREATE SEQUENCE visit_no START WITH 100 INCREMENT BY 5", "CREATE SYNONYM v FOR visits")


@pytest.fixture
def session(lis: Database) -> WorldSession:
    made = admin(lis)
    for statement in MADE:
        made.execute(statement)
    return made


def test_objects_have_numbers_and_types(session: WorldSession) -> None:
    found = rows(session, "SELECT object_name, object_type, status FROM user_objects WHERE object_name IN ('VISITS', "
                          "'VISITS_NAME', 'SEEN', 'VISIT_NO', 'V') ORDER BY 1")
    assert found == [("SEEN", "VIEW", "VALID"), ("V", "SYNONYM", "VALID"), ("VISITS", "TABLE", "VALID"),
                     ("VISITS_NAME", "INDEX", "VALID"), ("VISIT_NO", "SEQUENCE", "VALID")]
    assert rows(session, "SELECT object_id FROM dba_objects GROUP BY object_id HAVING COUNT(*) > 1") == []


def test_a_table_has_columns_segment_and_key(session: WorldSession) -> None:
    assert rows(session, "SELECT column_id, column_name, data_type, data_length, data_precision, data_scale, nullable "
                         "FROM user_tab_columns WHERE table_name = 'VISITS' ORDER BY 1") == [
        (1, "ID", "NUMBER", 22, 10, 0, "N"), (2, "NAME", "VARCHAR2", 20, None, None, "N"),
        (3, "FEE", "NUMBER", 22, 12, 2, "Y"), (4, "SEEN", "DATE", 7, None, None, "Y")]
    assert value(session, "SELECT tablespace_name FROM dba_tables WHERE table_name = 'VISITS'") == value(
        session, "SELECT default_tablespace FROM user_users")
    assert rows(session, "SELECT segment_type, bytes FROM user_segments WHERE segment_name = 'VISITS'") == [
        ("TABLE", 65536)]
    assert rows(session, "SELECT c.constraint_type, k.column_name, k.position FROM user_constraints c JOIN "
                         "user_cons_columns k ON k.constraint_name = c.constraint_name WHERE c.table_name = 'VISITS'"
                " ORDER BY k.column_name") == [("P", "ID", 1), ("C", "NAME", None)]


def test_indexes_views_and_sequences(session: WorldSession) -> None:
    assert rows(session, "SELECT i.uniqueness, c.column_name, c.column_position FROM user_indexes i JOIN "
                         "user_ind_columns c ON c.index_name = i.index_name WHERE i.index_name = 'VISITS_NAME' "
                         "ORDER BY 3") == [("UNIQUE", "NAME", 1), ("UNIQUE", "SEEN", 2)]
    assert rows(session, "SELECT view_name FROM user_views") == [("SEEN",)]
    assert rows(session, "SELECT increment_by, last_number FROM user_sequences WHERE sequence_name = 'VISIT_NO'") == [
        (5, 100)]
    assert rows(session, "SELECT table_name FROM user_synonyms WHERE synonym_name = 'V'") == [("VISITS",)]


def test_a_changed_table_keeps_its_number(session: WorldSession) -> None:
    query = "SELECT object_id FROM user_objects WHERE object_name = 'VISITS'"
    before = value(session, query)
    session.execute("ALTER TABLE visits ADD (ward VARCHAR2(8))")
    assert value(session, query) == before
    assert value(session, "SELECT MAX(column_name) KEEP (DENSE_RANK LAST ORDER BY column_id) FROM user_tab_columns "
                          "WHERE table_name = 'VISITS'") == "WARD"


def test_what_is_renamed_or_dropped_leaves_nothing(session: WorldSession) -> None:
    session.execute("RENAME visits TO visits_old")
    assert rows(session, "SELECT table_name FROM user_tables") == [("VISITS_OLD",)]
    for statement in ("DROP TABLE visits_old", "DROP VIEW seen", "DROP SEQUENCE visit_no", "DROP SYNONYM v"):
        session.execute(statement)
    for view in ("user_objects", "user_tables", "user_tab_columns", "user_indexes", "user_ind_columns",
                 "user_constraints", "user_segments", "user_views", "user_sequences", "user_synonyms"):
        assert rows(session, f"SELECT * FROM {view}") == [], view
