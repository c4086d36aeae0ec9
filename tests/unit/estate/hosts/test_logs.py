# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The machines' logs: the forms that Oracle gives them, and that they follow the database."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from estate.api import ConnectRequest
from estate.hosts import adr
from estate.hosts.alertlog import COLUMNS, AlertLogs
from estate.hosts.appender import Appender
from estate.hosts.listenerlog import ListenerLog
from estate.hosts.machine import Machine
from estate.world import scenario

ZONE = dt.timezone(dt.timedelta(hours=8))
WHEN = dt.datetime(2026, 11, 22, 14, 50, 9, 798123, ZONE)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    spec = scenario.load("healthy", port_base=15210).databases["HIS"]
    return Machine(spec, spec.instances[0], tmp_path / "his-db01", "127.0.0.1")


def row(text: str, **values: Any) -> dict[str, Any]:
    """A row of GV$DIAG_ALERT_EXT."""
    blank = dict.fromkeys((name.strip() for name in COLUMNS.split(",")), None)
    return {**blank, "INST_ID": 1, "ORIGINATING_TIMESTAMP": "2026-11-22 06:50:09.798123+08:00",
            "MESSAGE_TEXT": text + "\n", "MESSAGE_TYPE": 1, "MESSAGE_LEVEL": 16, "HOST_ID": "his-db01",
            "HOST_ADDRESS": "10.10.1.11", "MODULE_ID": "oracle@his-db01 (LGWR)", "PROCESS_ID": "20700", "RECORD_ID": 7,
            "CON_UID": 0, "CON_ID": 0, **values}


@pytest.mark.parametrize(("stored", "shown"), [
    ("2026-11-22 06:50:09.798123+08:00", "2026-11-22T14:50:09.798123+08:00"),
    ("2026-11-22 18:00:00.000000+05:30", "2026-11-22T23:30:00.000000+05:30"),
    ("2026-01-01 01:00:00.000000-03:30", "2025-12-31T21:30:00.000000-03:30"),
])
def test_a_stored_time_is_shown_in_its_own_zone(stored: str, shown: str) -> None:
    assert adr.stamp(adr.moment(stored)) == shown


def test_messages_of_a_pluggable_database_begin_with_its_name() -> None:
    assert adr.alert_text(row("Resize done\nfile 12", CON_ID=3, CONTAINER_NAME="EMRPDB")) == \
        "EMRPDB(3):Resize done\nEMRPDB(3):file 12\n"
    assert adr.alert_text(row("Resize done", CON_ID=1, CONTAINER_NAME="CDB$ROOT")) == "Resize done\n"


def test_an_incident_in_log_xml() -> None:
    text = "ORA-00600: internal error code, arguments: [<a&b>], []"
    incident = row(text, MESSAGE_TYPE=2, MESSAGE_LEVEL=1, PROBLEM_KEY="ORA 600 [it's]")
    found = adr.alert_message(incident, WHEN, text + "\n")
    assert found.splitlines()[0] == "<msg time='2026-11-22T14:50:09.798+08:00' org_id='oracle' comp_id='rdbms'"
    parsed = ElementTree.fromstring(found)  # noqa: S314
    assert parsed.attrib == {
        "time": "2026-11-22T14:50:09.798+08:00", "org_id": "oracle", "comp_id": "rdbms", "type": "INCIDENT_ERROR",
        "level": "1", "host_id": "his-db01", "host_addr": "10.10.1.11", "prob_key": "ORA 600 [it's]",
        "module": "oracle@his-db01 (LGWR)", "pid": "20700"}
    assert (parsed.findtext("txt") or "").strip() == text


def test_one_stamp_stands_above_the_entries_of_one_moment(tmp_path: Path) -> None:
    log = Appender(tmp_path / "trace" / "alert.log", tmp_path / "alert" / "log.xml")
    log.rewrite([(WHEN, "first\n", "<a/>\n"), (WHEN, "second\n", "<b/>\n")])
    log.append([(WHEN, "third\n", "<c/>\n"), (WHEN + dt.timedelta(microseconds=1), "fourth\n", "<d/>\n")])
    assert log.text.read_text().splitlines() == [
        "2026-11-22T14:50:09.798123+08:00", "first", "second", "third", "2026-11-22T14:50:09.798124+08:00", "fourth"]
    assert log.xml.read_text().split() == ["<a/>", "<b/>", "<c/>", "<d/>"]


# -- following the database --------------------------------------------------------------------------------------------


class Records:
    """A database file that has nothing but alert records, and the logs that follow it."""

    def __init__(self, path: Path, machines: list[Machine]) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")       # as the estate's files
        self.connection.execute(f'CREATE TABLE "GV$DIAG_ALERT_EXT" ({COLUMNS})')
        self.machines = machines
        self.logs = AlertLogs(path, machines)

    def add(self, text: str, **values: Any) -> None:
        record = row(text, **values)
        marks = ", ".join("?" * len(record))
        self.connection.execute(f'INSERT INTO "GV$DIAG_ALERT_EXT" ({", ".join(record)}) VALUES ({marks})',
                                list(record.values()))

    def text(self, number: int = 1) -> list[str]:
        machine = self.machines[number - 1]
        return machine.real(machine.alert_log).read_text(encoding="utf-8").splitlines()


@pytest.fixture
def records(tmp_path: Path, machine: Machine) -> Iterator[Records]:
    other = Machine(machine.spec, machine.spec.instances[1], tmp_path / "his-db02", "127.0.0.1")
    found = Records(tmp_path / "HIS.db", [machine, other])
    yield found
    found.logs.close()
    found.connection.close()


def test_the_log_begins_with_all_records_in_the_order_of_time(records: Records) -> None:
    records.add("later", ORIGINATING_TIMESTAMP="2026-11-22 07:00:00.000000+08:00")
    records.add("earlier", ORIGINATING_TIMESTAMP="2026-11-22 05:00:00.000000+08:00")
    records.add("elsewhere", INST_ID=2)
    records.logs.write_all()
    assert records.text() == [
        "2026-11-22T13:00:00.000000+08:00", "earlier", "2026-11-22T15:00:00.000000+08:00", "later"]
    assert records.text(2) == ["2026-11-22T14:50:09.798123+08:00", "elsewhere"]


def test_new_records_are_appended_to_the_log_of_their_instance(records: Records) -> None:
    records.add("first")
    records.logs.write_all()
    before = records.text()
    records.add("second", ORIGINATING_TIMESTAMP="2026-11-22 07:00:00.000000+08:00")
    records.add("other", INST_ID=2)
    records.logs.refresh()
    assert records.text() == [*before, "2026-11-22T15:00:00.000000+08:00", "second"]
    assert records.text(2)[-1] == "other"


def test_records_that_went_are_gone_from_the_log_even_when_others_came(records: Records) -> None:
    for text in ("one", "two", "three"):
        records.add(text)
    records.logs.write_all()
    records.connection.execute("DELETE FROM \"GV$DIAG_ALERT_EXT\" WHERE MESSAGE_TEXT = 'two\n'")
    records.add("four")
    records.logs.refresh()
    assert records.text()[1:] == ["one", "three", "four"]


def test_a_record_that_comes_while_the_log_is_written_is_appended_next_time(
        records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    records.add("first")
    records.logs.write_all()
    records.add("of long ago", ORIGINATING_TIMESTAMP="2026-11-22 05:00:00.000000+08:00")
    count = AlertLogs._present

    def counted_before_another_came(logs: AlertLogs) -> tuple[int, int]:
        found = count(logs)
        records.add("meanwhile")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(AlertLogs, "_present", counted_before_another_came)
        records.logs.refresh()
    assert [line for line in records.text() if not line.startswith("2026")] == ["first", "of long ago"]
    records.logs.refresh()
    assert [line for line in records.text() if not line.startswith("2026")] == ["first", "of long ago", "meanwhile"]


def test_the_trace_file_and_the_incident_that_a_message_names_exist(records: Records, machine: Machine) -> None:
    trace = f"{machine.adr_home}/trace/HIS1_ora_20417.trc"
    records.add(f"Errors in file {trace}  (incident=48031):\nORA-00600: internal error code, arguments: [kdsgrp1]")
    records.logs.write_all()
    assert "ORA-00600: internal error code" in machine.real(trace).read_text(encoding="utf-8")
    incident = machine.real(f"{machine.adr_home}/incident/incdir_48031/HIS1_ora_20417_i48031.trc")
    assert f"Dump continued from file: {trace}" in incident.read_text(encoding="utf-8")


# -- listener ----------------------------------------------------------------------------------------------------------


def lines(machine: Machine) -> list[str]:
    return machine.real(machine.listener_log).read_text(encoding="utf-8").splitlines()


def test_a_client_that_was_let_through(machine: Machine) -> None:
    request = ConnectRequest("HIS", None, None, "DEDICATED", ("10.20.3.4", 5555), "JDBC Thin Client", "his-app01",
                             "tomcat")
    ListenerLog(machine).connections([(WHEN.timestamp(), request, 0)])
    assert lines(machine) == [
        "2026-11-22T14:50:09.798123+08:00",
        "22-NOV-2026 14:50:09 * (CONNECT_DATA=(SERVICE_NAME=HIS)(SERVER=DEDICATED)(CID=(PROGRAM=JDBC Thin Client)"
        "(HOST=his-app01)(USER=tomcat))) * (ADDRESS=(PROTOCOL=tcp)(HOST=10.20.3.4)(PORT=5555)) * establish * HIS * 0"]
    xml = ElementTree.fromstring(machine.real(machine.listener_xml).read_text(encoding="utf-8"))  # noqa: S314
    assert (xml.get("comp_id"), xml.get("host_id")) == ("tnslsnr", "his-db01")


def test_a_refused_client_leaves_its_code_and_the_message_below(machine: Machine) -> None:
    request = ConnectRequest(None, "NOSUCH", None, None, ("10.20.3.4", 5555))
    ListenerLog(machine).connections([(WHEN.timestamp(), request, 12505)])
    assert lines(machine)[1].endswith(" * establish * NOSUCH * 12505")
    assert "(CONNECT_DATA=(SID=NOSUCH)" in lines(machine)[1]
    assert lines(machine)[2] == "TNS-12505: TNS:listener does not currently know of SID given in connect descriptor"


def test_a_client_cannot_write_a_line_of_its_own(machine: Machine) -> None:
    program = "x\n22-NOV-2026 14:50:09 * fake * 0"
    request = ConnectRequest("HIS", None, None, None, ("10.20.3.4", 5555), program, ")(", "u")
    ListenerLog(machine).connections([(WHEN.timestamp(), request, 0)])
    assert len(lines(machine)) == 2
    assert "(PROGRAM=x?22-NOV-2026 14:50:09 * fake * 0)(HOST=??)" in lines(machine)[1]


def test_the_log_at_the_start_has_the_sessions_that_are_connected(machine: Machine) -> None:
    now = WHEN.timestamp()
    session = {"LOGON_TIME": "2026-11-22 08:00:01", "SERVICE_NAME": "HIS", "SERVER": "DEDICATED",
               "ADDRESS": "10.20.1.1", "PORT": 40003, "PROGRAM": "HISClient.exe", "MACHINE": "HOSPITAL\\WARD01",
               "OSUSER": "nurse"}
    ListenerLog(machine).write_all(now - 90000, now, [session])
    found = lines(machine)
    assert "TNSLSNR for Linux: Version 19.0.0.0.0 - Production on 21-NOV-2026 13:50:09" in found
    assert "TIMESTAMP * CONNECT DATA [* PROTOCOL INFO] * EVENT [* SID] * RETURN CODE" in found
    assert "21-NOV-2026 13:50:10 * service_register * HIS1 * 0" in found
    [logon] = [line for line in found if "establish" in line]
    assert logon.startswith("22-NOV-2026 08:00:01 * ") and "(HOST=HOSPITAL\\WARD01)" in logon
    assert sum("service_update" in line for line in found) == 144
