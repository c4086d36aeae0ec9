# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m estate``: up, down, status, faults, instances, clocks, and one clear sentence for what is wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import oracledb
import pytest

from tests.integration.conftest import EstateUnderTest

pytestmark = pytest.mark.integration


@pytest.fixture
def small(tmp_path: Path):
    """An estate of one database, not yet up; down afterwards."""
    estate = EstateUnderTest(tmp_path / "run", "healthy", "--only", "LIS")
    yield estate
    estate.command("down", check=False)


def complaint(estate: EstateUnderTest, *arguments: str) -> str:
    """Standard error of a command that must fail; one line."""
    done = estate.command(*arguments, check=False)
    assert done.returncode == 1, done.stdout
    assert done.stderr.startswith("estate: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.strip()


def test_up_twice_is_the_same_estate_and_down_leaves_nothing(small) -> None:
    small.up()
    first = small.status()["pid"]
    again = small.command("up", "--scenario", "healthy", "--port-base", str(small.port_base), "--only", "LIS")
    assert "already up" in again.stdout
    assert small.status()["pid"] == first
    assert "The estate is down." in small.command("down").stdout
    assert "No estate was up" in small.command("down").stdout
    assert sorted(path.name for path in small.run_dir.iterdir()) == ["estate.log", "up.lock"]
    with pytest.raises(oracledb.OperationalError, match="DPY-6005"):
        oracledb.connect(user="x", password="y", host="127.0.0.1", port=small.port_base + 10, service_name="LIS")


def test_a_python_without_the_packages_says_what_to_do(tmp_path: Path) -> None:
    """-S leaves the environment's packages out, as the system's Python does."""
    done = subprocess.run([sys.executable, "-S", "-m", "estate", "up", "--run-dir", str(tmp_path), "--only", "LIS"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.fullmatch(r"estate: The Python package \w+ is missing for .*; activate \.venv, or "
                        r"install requirements/estate\.txt\.\n", done.stderr)


def test_status_has_what_clients_need(small) -> None:
    small.up()
    status = json.loads(small.command("status", "--json").stdout)
    assert (status["scenario"], status["port_base"]) == ("healthy", small.port_base)
    assert status["run_dir"] == str(small.run_dir)
    (database,) = status["databases"]
    assert {key: database[key] for key in ("name", "host", "port", "service_name", "role")} == {
        "name": "LIS", "host": "127.0.0.1", "port": small.port_base + 10, "service_name": "LIS", "role": "PRIMARY"}
    assert database["instances"] == [
        {"name": "LIS", "host": "127.0.0.1", "port": small.port_base + 10, "status": "OPEN"}]
    assert {"user", "password"} <= set(database["inspector"]) & set(database["admin"])
    assert database["inspector"]["password"] not in small.command("status").stdout


def test_the_run_directory_and_socket_are_the_owners_only(small) -> None:
    small.up()
    assert stat.S_IMODE(small.run_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((small.run_dir / "control.sock").stat().st_mode) == 0o600
    log = (small.run_dir / "estate.log").read_text(encoding="utf-8")
    assert small.databases["LIS"]["admin"]["password"] not in log
    arguments = Path(f"/proc/{small.status()['pid']}/cmdline").read_text(encoding="utf-8")
    assert small.databases["LIS"]["admin"]["password"] not in arguments


def test_a_second_estate_runs_beside_the_first(small, tmp_path: Path) -> None:
    small.up()
    other = EstateUnderTest(tmp_path / "other", "healthy", "--only", "LIS")
    other.port_base = small.port_base + 100
    other.up()
    try:
        assert other.query("LIS", "select status from v$instance") == small.query("LIS",
                                                                                  "select status from v$instance")
    finally:
        other.down()
    small.connect("LIS").close()


def test_a_port_in_use_is_named(small) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", small.port_base + 10))
        taken.listen()
        sentence = complaint(small, "up", "--scenario", "healthy", "--only", "LIS", "--port-base", str(small.port_base))
    assert sentence == (
        f"estate: Port {small.port_base + 10} on 127.0.0.1 is in use; free it or choose another --port-base.")
    small.up()


@pytest.mark.parametrize(("arguments", "part"), [
    (("--scenario", "nowhere"), "There is no scenario 'nowhere'; there are demo, fleet, healthy"),
    (("--scenario", "healthy", "--only", "HIS,NOPE"), "has no database NOPE; it has HIS, LIS, PACS, EMR."),
    (("--scenario", "/no/such/file.yml"), "no scenario '/no/such/file.yml'"),
])
def test_what_is_unknown_is_said(small, arguments: tuple[str, ...], part: str) -> None:
    assert part in complaint(small, "up", *arguments, "--port-base", str(small.port_base))


@pytest.mark.parametrize(("text", "part"), [
    ("databases: [", "is not valid YAML"),
    ("databases: {}\nhosts: {}\n", "nothing else"),
    ("extends: healthy\ndatabases: {LIS: {colour: red}}\n", "Database LIS: unknown setting colour"),
    ("extends: healthy\nfaults: [{name: no_such, target: LIS}]\n", "There is no fault 'no_such'"),
    ("extends: healthy\ndatabases: {LIS: {undo: plenty}}\n", "'plenty' is not a size"),
])
def test_a_broken_scenario_is_one_sentence(small, tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "mine.yml"
    path.write_text(text, encoding="utf-8")
    sentence = complaint(small, "up", "--scenario", str(path), "--only", "LIS", "--port-base", str(small.port_base))
    assert part in sentence
    assert not (small.run_dir / "estate.pid").exists()


def test_another_estate_in_the_same_directory_is_refused(small) -> None:
    small.up()
    sentence = complaint(small, "up", "--scenario", "demo", "--port-base", str(small.port_base + 100))
    assert "Another estate is up in" in sentence
    assert "stop it with 'down'" in sentence


def test_a_daemon_that_was_killed_is_cleaned_up_after(small) -> None:
    small.up()
    os.kill(small.status()["pid"], signal.SIGKILL)
    time.sleep(0.3)
    assert "No estate is up in" in complaint(small, "status")
    small.up()
    small.connect("LIS").close()


def test_a_pid_file_of_a_stranger_fools_nobody(small) -> None:
    small.run_dir.mkdir(parents=True)
    (small.run_dir / "estate.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
    small.up()
    assert small.status()["pid"] != os.getpid()


def test_faults_from_the_command_line(small) -> None:
    small.up()
    listed = {item["name"]: item for item in json.loads(small.command("fault", "list", "--json").stdout)}
    assert len(listed) >= 60
    assert listed["blocking_chain"]["check"] == "sessions.blocking_chains"
    assert listed["blocking_chain"]["targets"] == ["LIS"]
    assert listed["asm_disk_offline"]["targets"] == []
    assert set(listed["no_backup"]["symptom"]) == {"zh", "en"}
    small.command("fault", "inject", "blocking_chain", "--target", "lis", "--set", "waiters=4")
    assert small.query("LIS", "select count(*) from v$session where blocking_session is not null") == [(4,)]
    assert "blocking_chain" in small.command("status").stdout
    assert "is already in effect on LIS" in complaint(small, "fault", "inject", "blocking_chain", "--target", "LIS")
    assert "blocking_chain cleared on LIS" in small.command("fault", "clear").stdout
    assert "No fault was in effect." in small.command("fault", "clear").stdout
    assert "did you mean: blocking_chain" in complaint(small, "fault", "inject", "blocking_chian", "--target", "LIS")
    wrong = ("fault", "inject", "ora_600", "--target", "LIS", "--set", "speed=1")
    assert "has no parameter 'speed'" in complaint(small, *wrong)


def test_instances_stop_mount_and_start(small) -> None:
    small.up()
    with small.connect("LIS", "admin") as connection:
        assert "LIS: DOWN" in small.command("instance", "LIS", "shutdown").stdout
        with pytest.raises(oracledb.DatabaseError, match=r"DPY-4011|ORA-03113"):
            connection.ping()
    with pytest.raises(oracledb.DatabaseError, match="ORA-12514"):
        small.connect("LIS")
    small.command("instance", "LIS", "mount")
    with pytest.raises(oracledb.DatabaseError, match="ORA-01033"):
        small.connect("LIS")
    with small.connect("LIS", "sys") as connection, connection.cursor() as cursor:
        cursor.execute("alter database noarchivelog")
        cursor.execute("alter database open")
    assert small.query("LIS", "select log_mode, open_mode from v$database") == [("NOARCHIVELOG", "READ WRITE")]
    assert small.query("LIS", "select round((sysdate - startup_time) * 24) from v$instance") == [(0,)]


def test_a_restart_brings_the_parameter_file_into_force(small) -> None:
    small.up()
    with small.connect("LIS", "admin") as connection, connection.cursor() as cursor:
        cursor.execute("alter system set processes = 1234 scope=spfile")
        assert cursor.execute("select value from v$parameter where name = 'processes'").fetchone() == ("800",)
    small.command("instance", "LIS", "restart")
    assert small.query("LIS", "select value from v$parameter where name = 'processes'") == [("1234",)]


def test_the_clock_advances(small) -> None:
    small.up()
    before = small.query("LIS", "select sysdate from dual")[0][0]
    small.command("clock", "advance", "2d")
    days = (small.query("LIS", "select sysdate from dual")[0][0] - before).total_seconds() / 86400
    assert 2 <= days < 2.01
    assert "is not an age" in complaint(small, "clock", "advance", "soon")
