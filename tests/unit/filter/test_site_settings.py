# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Site settings gathered from the variables of all targets."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.medops.dbcare.plugins.filter.site_settings import site_settings


def test_settings_are_gathered_misspelt_ones_too_and_logins_left_out() -> None:
    common = {"dbcare_archive": {"url": "sqlite:////a"}, "dbcare_limitz": {"x": 1}, "dbcare_login": {"user": "u"},
              "ansible_connection": "local"}
    found = site_settings({"HIS": common, "LIS": {**common, "dbcare_login": {"user": "v"}}}, ["HIS", "LIS"])
    assert found == {"settings": {"dbcare_archive": {"url": "sqlite:////a"}, "dbcare_limitz": {"x": 1}},
                     "target_limits": {}, "simulated": False}


def test_limits_that_all_share_are_the_sites() -> None:
    limits = {"storage.min_free_pct": 25, "targets": {"PACS": {"storage.min_free_pct": 22}}}
    found = site_settings({host: {"dbcare_limits": limits} for host in ("HIS", "PACS")}, ["HIS", "PACS"])
    assert found["settings"]["dbcare_limits"] == limits
    assert found["target_limits"] == {}


def test_limits_of_one_host_are_that_targets() -> None:
    shared = {"storage.min_free_pct": 25, "targets": {"PACS": {"storage.min_free_pct": 22}}}
    found = site_settings({"HIS": {"dbcare_limits": {"storage.min_free_pct": 30}}, "PACS": {"dbcare_limits": shared}},
                          ["HIS", "PACS"])
    assert found["target_limits"] == {"HIS": {"storage.min_free_pct": 30}, "PACS": {"storage.min_free_pct": 22}}
    assert "dbcare_limits" not in found["settings"]
    only = site_settings({"HIS": {"dbcare_limits": {"storage.min_free_pct": 30}}, "LIS": {}}, ["HIS", "LIS"])
    assert only["target_limits"] == {"HIS": {"storage.min_free_pct": 30}}


def test_waivers_of_all_hosts_count_once_each() -> None:
    first, second = {"check": "a.b", "target": "HIS"}, {"check": "a.b", "target": "LIS"}
    found = site_settings({"HIS": {"dbcare_waivers": [first]}, "LIS": {"dbcare_waivers": [first, second]}},
                          ["HIS", "LIS"])
    assert found["settings"]["dbcare_waivers"] == [first, second]


def test_an_archive_that_differs_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="dbcare_archive differs between HIS and LIS; a run has one"):
        site_settings({"HIS": {"dbcare_archive": {"url": "a"}}, "LIS": {"dbcare_archive": {"url": "b"}}},
                      ["HIS", "LIS"])


def test_one_simulated_target_makes_the_run_simulated() -> None:
    assert site_settings({"HIS": {}, "LIS": {"dbcare_simulated": True}}, ["HIS", "LIS"])["simulated"] is True


def test_defaults_fill_what_the_site_leaves_out_only() -> None:
    defaults = {"dbcare_archive": {"url": "sqlite:///x", "retention_days": 9}, "dbcare_report": {"folder": "reports"}}
    site = {"dbcare_archive": {"url": "sqlite:////a"}, "dbcare_report": "wrong"}
    assert site_settings({"HIS": site}, ["HIS"], defaults)["settings"] == {
        "dbcare_archive": {"url": "sqlite:////a", "retention_days": 9}, "dbcare_report": "wrong"}
