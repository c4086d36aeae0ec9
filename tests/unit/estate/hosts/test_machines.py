# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a machine, and the processes behind it."""

from __future__ import annotations

import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from estate.control import EstateError
from estate.hosts import leftovers, sshd, tree
from estate.hosts.machine import Machine
from estate.hosts.machines import Hosts, loopback
from estate.world import scenario

SPECS = list(scenario.load("healthy", port_base=15210).databases.values())


def machine_of(database: str, folder: Path, *, isolated: bool = True) -> Machine:
    spec = next(item for item in SPECS if item.name == database)
    return Machine(spec, spec.instances[0], folder / spec.instances[0].host, "127.0.0.1", isolated)


def stored(text: str) -> list[dict[str, Any]]:
    """What the database of a machine would answer."""
    if "spfile" in text:
        return [{"VALUE": "/u01/app/oracle/dbs/spfileLIS.ora"}]
    return [{"NAME": "/u02/oradata/LIS/users01.dbf"}, {"NAME": "+DATA/x"}] if "_DATAFILE" in text else []


def test_homes_are_named_by_oratab_and_inventory(tmp_path: Path) -> None:
    machine = machine_of("HIS", tmp_path)
    tree.build(machine, SPECS, lambda text: [])
    assert machine.real("/etc/oratab").read_text().splitlines()[1:] == [
        "+ASM1:/u01/app/19.0.0/grid:N", "HIS:/u01/app/oracle/product/19.0.0/dbhome_1:N"]
    inventory = ElementTree.parse(machine.real("/u01/app/oraInventory/ContentsXML/inventory.xml"))  # noqa: S314
    assert [(home.get("NAME"), home.get("LOC"), home.get("CRS")) for home in inventory.iter("HOME")] == [
        ("OraGI_home1", "/u01/app/19.0.0/grid", "true"),
        ("OraDB_home1", "/u01/app/oracle/product/19.0.0/dbhome_1", None)]
    assert machine.real("/u01/app/19.0.0/grid/network/admin/listener.ora").read_text().count("(PORT = 15211)") == 1
    assert not machine.real(f"{machine.oracle_home}/network/admin/listener.ora").exists()


def test_where_a_login_sees_no_other_root_the_homes_are_named_by_their_real_paths(tmp_path: Path) -> None:
    machine = machine_of("LIS", tmp_path, isolated=False)
    tree.build(machine, SPECS, lambda text: [])
    home = machine.real("/etc/oratab").read_text().splitlines()[1].split(":")[1]
    assert home == machine.status()["oracle_home"]
    assert Path(home, "network", "admin", "tnsnames.ora").is_file()
    assert machine.status()["grid_home"] is None


def test_files_in_a_file_system_have_stand_ins_and_those_in_asm_have_none(tmp_path: Path) -> None:
    machine = machine_of("LIS", tmp_path)
    tree.build(machine, SPECS, stored)
    assert machine.real("/u02/oradata/LIS/users01.dbf").stat().st_size == 8192
    assert not list(machine.root.rglob("*DATA*"))
    init = machine.real(f"{machine.oracle_home}/dbs/initLIS.ora")
    assert init.read_text() == "SPFILE='/u01/app/oracle/dbs/spfileLIS.ora'\n"
    assert machine.real("/u01/app/oracle/dbs/spfileLIS.ora").exists()
    assert machine.real("/u03/fast_recovery_area").is_dir()


def test_every_machine_has_a_port_of_its_own_that_no_listener_has(tmp_path: Path) -> None:
    machines = [Machine(spec, one, tmp_path, "127.0.0.1") for spec in SPECS for one in spec.instances]
    assert {item.name: item.ssh_port for item in machines} == {
        "his-db01": 15215, "his-db02": 15216, "lis-db01": 15225, "pacs-db01": 15235, "emr-db01": 15245}
    listeners = {port for spec in SPECS for port in (spec.port, *(one.port for one in spec.instances))}
    assert listeners.isdisjoint(item.ssh_port for item in machines)


def test_a_key_is_for_its_owner_only_and_openssh_reads_it(tmp_path: Path) -> None:
    line = sshd.write_key(tmp_path / "id_ed25519", "estate")
    assert stat.S_IMODE((tmp_path / "id_ed25519").stat().st_mode) == 0o600
    key = load_ssh_private_key((tmp_path / "id_ed25519").read_bytes(), None)
    assert line.startswith("ssh-ed25519 AAAA") and key is not None


def test_without_sshd_there_are_no_machines_and_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sshd, "found", lambda: None)
    hosts = Hosts(tmp_path, "127.0.0.1", SPECS)
    hosts.start({})
    hosts.open()
    hosts.close()
    assert (hosts.status(), hosts.ports) == ([], [])
    assert hosts.reason is not None and "openssh-server" in hosts.reason


@pytest.mark.skipif(sshd.obstacle() is not None, reason=f"no hosts here: {sshd.obstacle()}")
def test_a_server_that_does_not_start_is_one_sentence_with_its_reason(tmp_path: Path) -> None:
    server = sshd.Server("lis-db01", tmp_path / "lis-db01", tmp_path, "127.0.0.1", 9)
    server.prepare("", {"ORACLE_SID": "LIS"}, isolated=False)
    (tmp_path / "lis-db01" / "sshd_config").write_text("Nonsense yes\n")
    server.spawn()
    with pytest.raises(EstateError, match=r"lis-db01 did not start .*Bad configuration option: Nonsense") as said:
        server.wait()
    assert "\n" not in str(said.value)
    server.stop()


def test_logins_are_on_loopback_even_where_the_listeners_are_not() -> None:
    assert [loopback(address) for address in ("127.0.0.7", "::1", "10.1.2.3", "db.example", "localhost")] == [
        "127.0.0.7", "::1", "127.0.0.1", "127.0.0.1", "127.0.0.1"]


# -- what a crash leaves -----------------------------------------------------------------------------------------------


def child_of_a_machine(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """A process whose command line names the machine's folder, with a child that leads a session of its own."""
    code = ("import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], "
            "start_new_session=True); print(p.pid, flush=True); p.wait()")
    process = subprocess.Popen([sys.executable, "-c", code, f"{folder}/sshd_config"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.stdout.close()
    folder.mkdir(parents=True)
    (folder / leftovers.PID_FILE).write_text(f"{process.pid}\n")
    return process, child


def test_what_a_crash_left_ends_with_everything_it_started(tmp_path: Path) -> None:
    process, child = child_of_a_machine(tmp_path / "hosts" / "lis-db01")
    assert leftovers.remove(tmp_path / "hosts")
    assert process.wait(5) != 0
    until = time.monotonic() + 5
    while leftovers._alive(child) and time.monotonic() < until:
        time.sleep(0.02)
    assert not leftovers._alive(child)
    assert not (tmp_path / "hosts").exists()
    assert not leftovers.remove(tmp_path / "hosts")


def test_a_process_that_only_has_the_number_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    folder = tmp_path / "hosts" / "lis-db01"
    folder.mkdir(parents=True)
    (folder / leftovers.PID_FILE).write_text(f"{other.pid}\n")
    try:
        leftovers.remove(tmp_path / "hosts")
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
