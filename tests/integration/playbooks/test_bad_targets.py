# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Databases that cannot be read: each is a finding of its own with its reason, and the others go on."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.integration.conftest import EstateUnderTest
from tests.support.site import Outcome, Site, logins

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def outcome(estate: EstateUnderTest, silent_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    site = Site(tmp_path_factory.mktemp("bad"), logins(estate))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    site.targets.update(
        wrong_password=site.login("LIS", password="not-it"),
        no_service=site.login("LIS", service_name="NOSUCH"),
        closed=site.login("LIS", port=closed),
        silent=site.login("LIS", port=silent_port, connect_timeout=3))
    del site.targets["PACS"], site.targets["LIS"]
    estate.inject("instance_mounting", "EMR")
    yield site.play()
    estate.clear()


def test_the_play_fails_and_names_what_was_not_read(outcome: Outcome) -> None:
    assert outcome.status == 2, outcome.output
    for name in ("wrong_password", "no_service", "closed", "silent", "EMR"):
        assert name in outcome.errors()


def test_the_others_are_inspected(outcome: Outcome) -> None:
    assert outcome.report is not None
    assert outcome.statuses("HIS")["instance.readable"] == "pass"
    assert set(outcome.statuses("HIS").values()) <= {"pass", "not_applicable"}
    assert outcome.report["summary"]["verdict"] == "incomplete"


@pytest.mark.parametrize(("target", "code"), [
    ("wrong_password", "ORA-01017"), ("no_service", "ORA-12514"), ("closed", "DPY-6005"), ("EMR", "ORA-01033")])
def test_each_has_a_finding_with_the_code(outcome: Outcome, target: str, code: str) -> None:
    found = outcome.finding("instance.readable", target)
    assert found["status"] == "fail"
    assert code in str(found["reason"]) + str(found["evidence"]) + str(found["observed"])


def test_a_host_that_never_answers_is_given_up_in_time(outcome: Outcome) -> None:
    assert outcome.finding("instance.readable", "silent")["status"] == "fail"
    assert outcome.seconds < 40


def test_what_was_not_read_is_unknown_never_pass(outcome: Outcome) -> None:
    statuses = outcome.statuses("closed")
    assert statuses.pop("instance.readable") == "fail"
    assert set(statuses.values()) == {"unknown"}
    assert outcome.report is not None
    assert sorted(item["what"] for item in outcome.report["scope"]["not_read"]) == [
        "EMR", "closed", "no_service", "silent", "wrong_password"]


def test_the_wrong_password_is_not_shown(outcome: Outcome) -> None:
    assert "not-it" not in outcome.output
