# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every check has a fault with which it fires, and with a fault fires nothing that the fault does not list.

Collected as the least-privilege inspector over TCP and judged in this process; the playbook's way is tested elsewhere.
"""

from __future__ import annotations

import datetime
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.collect import collect
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from ansible_collections.medops.dbcare.plugins.plugin_utils.run.run_document import Request, build_run
from ansible_collections.medops.dbcare.plugins.plugin_utils.settings import load_settings
from ansible_collections.medops.dbcare.plugins.plugin_utils.yaml_files import load_yaml
from estate.faults import Fault
from estate.faults import catalogue as all_faults
from tests.integration.conftest import EstateUnderTest
from tests.support.site import logins

pytestmark = pytest.mark.integration
FREQUENCY = "daily"
READABLE = "instance.readable"
FAULTS = [fault for _name, fault in sorted(all_faults().items())]
# Where several databases can have a fault, the smallest one is quickest to read.
PREFERRED = ("LIS", "PACS", "EMR", "HIS")
SECONDS_TO_RECOVER = 10
CASES = Path(__file__).resolve().parents[1] / "cases" / "checks"


def fired_by() -> dict[str, set[str]]:
    """Fault to the checks whose case files say that they fire with it."""
    found: dict[str, set[str]] = {}
    for path in CASES.glob("*/*.yml"):
        data = load_yaml(path.read_bytes(), str(path))
        for fault in data.get("fired_by", []):
            found.setdefault(fault, set()).add(data["check"])
    return found


BORROWED = fired_by()


def snapshot(estate: EstateUnderTest, target: str) -> dict[str, Any]:
    """One database as the inspector reads it."""
    login = normalise_login({**logins(estate)[target], "connect_timeout": 2})
    return collect(target, login, load_catalogue().probes_of(FREQUENCY))


def fired(estate: EstateUnderTest, target: str) -> dict[str, str]:
    """Checks of a target that are neither pass nor not applicable, with status and reason.

    Of a target that cannot be read everything is unknown, which is no news: only ``instance.readable`` is given.
    """
    now = datetime.datetime.now(datetime.UTC).astimezone()
    request = Request([snapshot(estate, target)], [target], FREQUENCY, "daily_inspection", load_settings({}), {},
                      "test", "test", True, now, "20261122-000000-test")
    findings = build_run(request, load_catalogue(), None)["document"]["findings"]
    found = {item["check"]: f"{item['status']}: {(item['reason'] or {}).get('en')} {item['evidence'][:3]}"
             for item in findings if item["status"] in ("fail", "warn", "unknown")}
    return {READABLE: found[READABLE]} if READABLE in found else found


def target_of(estate: EstateUnderTest, fault: Fault) -> str:
    """A database of the estate that can have the fault."""
    targets = next(item["targets"] for item in estate.ask("faults") if item["name"] == fault.name)
    assert targets, f"no database of the estate can have {fault.name}"
    return min(targets, key=PREFERRED.index)


def still_fired(estate: EstateUnderTest, target: str) -> dict[str, str]:
    """What fires once the target has had time to recover."""
    end = time.monotonic() + SECONDS_TO_RECOVER
    while found := fired(estate, target):
        if time.monotonic() > end:
            return found
        time.sleep(0.5)
    return {}


def test_every_check_has_a_fault_and_every_fault_names_checks_that_exist() -> None:
    checks = {check["id"] for check in load_catalogue().checks_of(FREQUENCY)}
    borrowing = {check for checks_of_fault in BORROWED.values() for check in checks_of_fault}
    assert sorted(checks - {fault.check for fault in FAULTS} - borrowing) == []
    assert sorted(set(BORROWED) - {fault.name for fault in FAULTS}) == []
    named = {check for fault in FAULTS for check in (fault.check, *fault.consequences) if check}
    assert sorted(named - checks) == []


@pytest.mark.parametrize("name", PREFERRED)
def test_nothing_fires_on_a_healthy_database(untouched_estate: EstateUnderTest, name: str) -> None:
    assert fired(untouched_estate, name) == {}


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_fires_its_check_and_what_it_lists(untouched_estate: EstateUnderTest, fault: Fault) -> None:
    target = target_of(untouched_estate, fault)
    if fault.area == "hosts" and not untouched_estate.status()["hosts"]:
        pytest.skip(f"no hosts here: {untouched_estate.status()['hosts_reason']}")
    with untouched_estate.fault(fault.name, target):
        found = fired(untouched_estate, target)
    assert fault.check is None or found.get(fault.check, "").startswith(("fail", "warn")), found
    borrowing = BORROWED.get(fault.name, set())
    assert {check for check in borrowing if not found.get(check, "").startswith(("fail", "warn"))} == set()
    listed = {fault.check, *fault.consequences, *borrowing}
    if fault.area == "network" and fault.check is None:
        # What a broken line keeps from being read is unknown, whichever probe it hits.
        listed |= {check for check, why in found.items() if why.startswith("unknown")}
    unlisted = {check: why for check, why in found.items() if check not in listed}
    assert unlisted == {}
    assert still_fired(untouched_estate, target) == {}
