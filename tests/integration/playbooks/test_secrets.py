# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No password is shown, however much a playbook is asked to say, and whether or not it works."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.site import Site

pytestmark = pytest.mark.integration
NOWHERE = {"host": "127.0.0.1", "port": 9, "service_name": "NONE"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Databases and a mail server that refuse, so that errors are among what is said."""
    mail = {"host": "127.0.0.1", "port": 9, "user": "dbcare", "password": "mail-s3cret", "from": "a@example.org",
            "to": ["b@example.org"]}
    return Site(tmp_path, {name: {**NOWHERE, "user": "DBCARE", "password": "login-s3cret"} for name in ("HIS", "LIS")},
                {"dbcare_notify": {"mail": mail, "timeout": 1, "attempts": 1},
                 "dbcare_onboard_login": {**NOWHERE, "user": "SYSTEM", "password": "admin-s3cret"}})


@pytest.mark.parametrize("playbook", ["daily_inspection", "onboard", "archive"])
def test_no_secret_is_said_at_the_highest_verbosity(site: Site, playbook: str) -> None:
    outcome = site.play("-vvvvv", playbook=f"playbooks/{playbook}.yml")
    assert "PLAY RECAP" in outcome.output
    assert [line for line in outcome.output.splitlines() if "s3cret" in line] == []


def test_a_setting_that_differs_between_targets_is_said_all_the_same(site: Site) -> None:
    site.host_settings["HIS"] = {"dbcare_archive": {"url": "sqlite:////elsewhere.sqlite"}}
    outcome = site.play()
    assert outcome.status == 2
    assert "dbcare_archive differs between HIS and LIS" in outcome.errors()
