# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The machines through OpenSSH's own client and through Ansible: logins, logs that follow the databases, the end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import oracledb
import pytest

from estate.hosts import sshd
from tests.integration.conftest import EstateUnderTest, up

ANSIBLE = Path(sys.executable).with_name("ansible")
pytestmark = [pytest.mark.integration,
              pytest.mark.skipif(sshd.obstacle() is not None, reason=f"no hosts here: {sshd.obstacle()}")]


def hosts(estate: EstateUnderTest) -> dict[str, dict[str, Any]]:
    """The hosts of ``status --json`` by name."""
    return {item["name"]: item for item in estate.status()["hosts"]}


def ssh(host: dict[str, Any], command: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a host with the key that the status names, host key checked."""
    return subprocess.run(client("ssh", host, command), capture_output=True, text=True, timeout=60, check=False)


def client(program: str, host: dict[str, Any], *words: str) -> list[str]:
    """The command line of ssh or sftp that logs in with nothing of the user's own settings."""
    settings = ("BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes",
                f"UserKnownHostsFile={host['known_hosts']}", f"Port={host['ssh_port']}")
    options = [word for setting in settings for word in ("-o", setting)]
    return [program, "-F", "none", "-i", host["key"], *options, f"{host['user']}@{host['ssh_host']}", *words]


def read(host: dict[str, Any], path: str) -> str:
    """A file of a host, over SSH."""
    done = ssh(host, f"cat '{path}'")
    assert done.returncode == 0, done.stderr
    return done.stdout


def soon(check: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Whether something becomes true in time."""
    until = time.monotonic() + seconds
    while not check():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def processes(run_dir: Path) -> list[str]:
    """Command lines of sshd processes that run from the run directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if "sshd" in line and str(run_dir) in line:
            found.append(line)
    return found


# -- what there is -----------------------------------------------------------------------------------------------------


def test_each_instance_has_a_host(estate: EstateUnderTest) -> None:
    found = hosts(estate)
    assert {name: (item["database"], item["sid"], item["status"]) for name, item in found.items()} == {
        "his-db01": ("HIS", "HIS1", "up"), "his-db02": ("HIS", "HIS2", "up"), "lis-db01": ("LIS", "LIS", "up"),
        "pacs-db01": ("PACS", "PACS", "up"), "emr-db01": ("EMR", "EMR", "up")}
    assert found["his-db01"]["grid_home"].endswith("/u01/app/19.0.0/grid")
    assert found["lis-db01"]["grid_home"] is None
    assert found["pacs-db01"]["oracle_home"].endswith("/u01/app/oracle/product/12.2.0/dbhome_1")


def test_the_key_opens_the_host_and_no_other_does(estate: EstateUnderTest, tmp_path: Path) -> None:
    host = hosts(estate)["his-db02"]
    done = ssh(host, "echo $ORACLE_SID $ORACLE_HOME; test -d $ORACLE_HOME/dbs && echo there")
    assert done.stdout.split() == ["HIS2", host["oracle_home"], "there"], done.stderr
    sshd.write_key(tmp_path / "other", "stranger")
    for other in ({"key": str(tmp_path / "other")}, {"user": "nobody"}):
        refused = ssh({**host, **other}, "true")
        assert refused.returncode == 255
        assert "Permission denied (publickey)" in refused.stderr


def test_what_oratab_and_inventory_name_is_there(estate: EstateUnderTest) -> None:
    host = hosts(estate)["lis-db01"]
    [entry] = [line for line in read(host, host["oratab"]).splitlines() if not line.startswith("#")]
    assert entry == f"LIS:{host['oracle_home']}:N"
    inventory = ElementTree.fromstring(read(host, f"{host['inventory']}/ContentsXML/inventory.xml"))  # noqa: S314
    assert [home.get("LOC") for home in inventory.iter("HOME")] == [host["oracle_home"]]
    done = ssh(host, f"ls {host['data_dest']}")
    assert "control01.ctl" in done.stdout.split()


def test_tnsnames_of_a_host_lead_to_the_databases(estate: EstateUnderTest) -> None:
    host = hosts(estate)["lis-db01"]
    text = read(host, f"{host['oracle_home']}/network/admin/tnsnames.ora")
    descriptor = re.search(r"^EMR =(.*?)\n\n", text, re.M | re.S)
    assert descriptor is not None
    account = estate.databases["EMR"]["inspector"]
    with oracledb.connect(user=account["user"], password=account["password"], dsn=descriptor[1].strip()) as connection:
        assert connection.version.startswith("23.")


def test_files_are_copied_by_sftp(estate: EstateUnderTest, tmp_path: Path) -> None:
    host = hosts(estate)["emr-db01"]
    done = subprocess.run(client("sftp", host), input=f"get {host['oratab']} {tmp_path / 'oratab'}\n",
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert f"EMR:{host['oracle_home']}:N" in (tmp_path / "oratab").read_text()


def test_a_host_has_a_name_and_a_root_of_its_own_where_root_allows(estate: EstateUnderTest) -> None:
    host = hosts(estate)["his-db01"]
    if not host["isolated"]:
        pytest.skip("namespaces need root: here the machines' files are below the run directory")
    assert ssh(host, "hostname").stdout.strip() == "his-db01"
    assert host["oracle_home"] == "/u01/app/oracle/product/19.0.0/dbhome_1"
    assert host["oratab"] == "/etc/oratab"
    assert socket.gethostname() != "his-db01"


# -- logs that live ----------------------------------------------------------------------------------------------------


def test_the_alert_log_is_what_the_view_shows(estate: EstateUnderTest) -> None:
    host = hosts(estate)["pacs-db01"]
    rows = estate.query("PACS", "select message_text from v$diag_alert_ext order by originating_timestamp, record_id")
    shown = [line for text, in rows for line in text.rstrip("\n").split("\n")]
    written = read(host, host["alert_log"]).splitlines()
    stamp = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+08:00")
    assert [line for line in written if not stamp.fullmatch(line)] == shown
    assert stamp.fullmatch(written[0])
    assert read(host, host["adr_home"] + "/alert/log.xml").count("<msg time=") == len(rows)


def test_an_incident_is_appended_to_the_log_of_its_instance_only(estate: EstateUnderTest) -> None:
    found = hosts(estate)
    before = read(found["his-db01"], found["his-db01"]["alert_log"])
    other = read(found["his-db02"], found["his-db02"]["alert_log"])
    with estate.fault("ora_600", "HIS"):
        now = read(found["his-db01"], found["his-db01"]["alert_log"])
        assert now.startswith(before)
        added = now.removeprefix(before)
        assert added.count("ORA-00600: internal error code, arguments: [kdsgrp1]") == 3
        assert "ORA-00600" not in read(found["his-db02"], found["his-db02"]["alert_log"]).removeprefix(other)
        trace = re.search(r"Errors in file (\S+)  \(incident=(\d+)\)", added)
        assert trace is not None
        home = found["his-db01"]["adr_home"]
        assert "ORA-00600" in read(found["his-db01"], f"{home}/trace/{trace[1].rpartition('/')[2]}")
        assert f"incdir_{trace[2]}" in ssh(found["his-db01"], f"ls {home}/incident").stdout.split()
    assert "ORA-00600" not in read(found["his-db01"], found["his-db01"]["alert_log"])


def test_an_administrative_statement_is_in_the_alert_log_soon(estate: EstateUnderTest) -> None:
    host = hosts(estate)["lis-db01"]
    before = read(host, host["alert_log"])
    with estate.connect("LIS", "admin") as connection:
        connection.cursor().execute("alter system switch logfile")
    assert soon(lambda: read(host, host["alert_log"]) != before)
    assert "advanced to log sequence" in read(host, host["alert_log"]).removeprefix(before)


def test_logins_and_refusals_are_in_the_listener_log(estate: EstateUnderTest) -> None:
    host = hosts(estate)["lis-db01"]
    before = len(read(host, host["listener_log"]))
    account = estate.databases["LIS"]["inspector"]
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        estate.connect("LIS", user=account["user"], password="Wrong-password-1")
    with pytest.raises(oracledb.DatabaseError, match="12514"):
        estate.connect("LIS", service_name="NOSUCH")
    assert soon(lambda: "12514" in read(host, host["listener_log"])[before:])
    added = read(host, host["listener_log"])[before:].splitlines()
    entry = re.compile(
        r"\d\d-[A-Z]{3}-\d{4} \d\d:\d\d:\d\d \* \(CONNECT_DATA=\(SERVICE_NAME=(\w+)\).*\(CID=\(PROGRAM=.*"
        r" \* \(ADDRESS=\(PROTOCOL=tcp\)\(HOST=127\.0\.0\.1\)\(PORT=\d+\)\) \* establish \* (\w+) \* (\d+)")
    entries = [match.groups() for match in map(entry.fullmatch, added) if match]
    assert ("LIS", "LIS", "0") in entries   # a wrong password is the database's affair: the listener let it through
    assert ("NOSUCH", "NOSUCH", "12514") in entries
    assert any(line.startswith("TNS-12514: TNS:listener does not currently know of service") for line in added)


def test_a_login_through_an_instance_is_logged_on_its_host(estate: EstateUnderTest) -> None:
    found = hosts(estate)
    before = {name: len(read(found[name], found[name]["listener_log"])) for name in ("his-db01", "his-db02")}
    estate.connect("HIS", instance="HIS2").close()
    assert soon(lambda: "establish" in read(found["his-db02"], found["his-db02"]["listener_log"])[before["his-db02"]:])
    assert "establish" not in read(found["his-db01"], found["his-db01"]["listener_log"])[before["his-db01"]:]


def test_a_listener_that_was_stopped_and_started_says_so(estate: EstateUnderTest) -> None:
    host = hosts(estate)["emr-db01"]
    before = len(read(host, host["listener_log"]))
    with estate.fault("listener_down", "EMR"):
        stopped = read(host, host["listener_log"])[before:]
        assert re.search(r"\(COMMAND=stop\)\(SERVICE=LISTENER\)\) \* stop \* 0$", stopped, re.M)
    started = read(host, host["listener_log"])[before + len(stopped):]
    assert "Listening on: (DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)" in started
    assert started.splitlines()[-1].endswith(" * service_register * EMR * 0")


def test_a_host_that_is_down_refuses_and_comes_back(estate: EstateUnderTest) -> None:
    with estate.fault("host_down", "HIS", host="his-db01"):
        found = hosts(estate)
        assert (found["his-db01"]["status"], found["his-db02"]["status"]) == ("down", "up")
        assert "Connection refused" in ssh(found["his-db01"], "true").stderr
        assert ssh(found["his-db02"], "true").returncode == 0
    assert ssh(hosts(estate)["his-db01"], "true").returncode == 0


# -- Ansible -----------------------------------------------------------------------------------------------------------


def inventory(estate: EstateUnderTest, path: Path, *names: str) -> Path:
    """An inventory of hosts by what the status says."""
    found = hosts(estate)
    lines = [f"{name} ansible_host={item['ssh_host']} ansible_port={item['ssh_port']} ansible_user={item['user']} "
             f"ansible_ssh_private_key_file={item['key']} ansible_python_interpreter={sys.executable} "
             f"ansible_ssh_common_args='-F none -o UserKnownHostsFile={item['known_hosts']}'"
             for name, item in found.items() if name in names]
    path.write_text("[hosts]\n" + "\n".join(lines) + "\n")
    return path


def ansible(where: Path, *arguments: str) -> str:
    """What an ad-hoc command prints, with Ansible's own defaults."""
    settings = where.with_name("ansible.cfg")
    settings.write_text("[defaults]\nhost_key_checking = True\n")
    environment = {**os.environ, "ANSIBLE_CONFIG": str(settings), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run([str(ANSIBLE), "hosts", "-i", str(where), *arguments], capture_output=True, text=True,
                          timeout=120, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(not ANSIBLE.exists(), reason="ansible is not installed beside this Python")
def test_ansible_reaches_the_hosts(estate: EstateUnderTest, tmp_path: Path) -> None:
    where = inventory(estate, tmp_path / "hosts.ini", "his-db01", "emr-db01")
    pinged = ansible(where, "-m", "ping")
    assert pinged.count('"ping": "pong"') == 2
    said = ansible(where, "-m", "raw", "-a", "grep -c advanced $ORACLE_BASE/diag/rdbms/*/*/trace/alert_*.log")
    assert all(int(line) > 100 for line in said.splitlines() if line.strip().isdigit())
    assert said.count("| CHANGED | rc=0") == 2


# -- the end -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Iterator[EstateUnderTest]:
    """An estate of one database, to be ended."""
    with up(tmp_path / "run", "healthy", "--only", "LIS") as running:
        yield running


def test_time_that_passes_is_in_the_alert_log(small: EstateUnderTest) -> None:
    [host] = small.status()["hosts"]
    before = read(host, host["alert_log"])
    small.command("clock", "advance", "6h", "--target", "LIS")
    added = read(host, host["alert_log"]).removeprefix(before)
    assert before and added.count("advanced to log sequence") >= 3
    stamps = re.findall(r"^\d{4}-\d\d-\d\dT\S+$", before + added, re.M)
    assert stamps == sorted(stamps)


def login_that_stays(host: dict[str, Any]) -> subprocess.Popen[str]:
    """A login with a program that runs on; its process id is the first line."""
    return subprocess.Popen(client("ssh", host, "echo $$; exec sleep 600"), stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)


@pytest.mark.parametrize("crash", [False, True], ids=["down", "down after a crash"])
def test_down_leaves_no_sshd_and_no_login(small: EstateUnderTest, crash: bool) -> None:
    [host] = small.status()["hosts"]
    login = login_that_stays(host)
    assert login.stdout is not None
    program = int(login.stdout.readline())
    assert processes(small.run_dir)
    if crash:
        os.kill(small.status()["pid"], signal.SIGKILL)
        assert processes(small.run_dir)
    small.down()
    assert login.wait(20) != 0
    login.stdout.close()
    assert processes(small.run_dir) == []
    assert soon(lambda: not Path(f"/proc/{program}").exists())
    assert not (small.run_dir / "hosts").exists()


def test_no_hosts_are_started_where_none_are_wanted(tmp_path: Path) -> None:
    with up(tmp_path / "run", "healthy", "--only", "LIS", "--no-hosts") as quiet:
        status = json.loads(quiet.command("status", "--json").stdout)
        assert (status["hosts"], status["hosts_reason"]) == ([], "none were asked for")
        assert processes(quiet.run_dir) == []
        assert "has no host" in quiet.command("fault", "inject", "host_down", "--target", "LIS", check=False).stderr
