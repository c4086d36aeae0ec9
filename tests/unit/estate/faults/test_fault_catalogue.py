# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the faults say of themselves, and that the catalogue's checks and they fit together."""

from __future__ import annotations

import pytest

from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from estate.faults import FaultError, catalogue
from estate.faults.base import find

KINDS = {"any", "rac", "single", "cdb", "noncdb", "asm", "fs", "ee", "12.2", "19c", "23ai"}


def test_there_are_many_over_all_areas() -> None:
    assert len(catalogue()) >= 60
    assert {fault.area for fault in catalogue().values()} >= {
        "backup", "hosts", "instance", "logs", "network", "performance", "security", "sessions", "storage"}


def test_every_check_has_a_fault() -> None:
    tied = {fault.check for fault in catalogue().values()}
    assert set(load_catalogue(()).checks) - tied == set()


@pytest.mark.parametrize("name", catalogue())
def test_a_fault_names_what_exists(name: str) -> None:
    fault = catalogue()[name]
    checks = set(load_catalogue(()).checks)
    assert {fault.check} - {None} <= checks
    assert set(fault.consequences) <= checks
    assert fault.check not in fault.consequences
    assert set(fault.kinds) <= KINDS
    assert all(fault.symptom[language].strip() for language in ("zh", "en"))
    assert all(isinstance(default, (int, float, str)) for default in fault.parameters.values())


def test_a_fault_fits_only_what_has_all_its_kinds() -> None:
    assert find("asm_disk_offline").fits({"rac", "asm", "ee"})
    assert not find("asm_disk_offline").fits({"single", "fs", "ee"})
    assert find("ora_600").fits({"single"})


def test_parameters_take_the_type_of_their_default() -> None:
    values = find("blocking_chain").values({"waiters": "7"})
    assert values == {"waiters": 7, "seconds": 900}
    with pytest.raises(FaultError, match="Parameter waiters of fault blocking_chain is a int, not 'many'"):
        find("blocking_chain").values({"waiters": "many"})
    with pytest.raises(FaultError, match="has no parameter 'speed'; it has: seconds, waiters"):
        find("blocking_chain").values({"speed": "1"})


def test_an_unknown_fault_is_answered_with_near_names() -> None:
    with pytest.raises(FaultError, match="There is no fault 'blocking_chains'; did you mean: blocking_chain"):
        find("blocking_chains")
    with pytest.raises(FaultError, match="There is no fault 'zzz'; see 'fault list'"):
        find("zzz")
