# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judges written in Python."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judge import judge
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import Case
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.limits import effective_limits
from tests.unit.plugins.cases import LIMITS, check, result, snapshot

Json = dict[str, Any]


def one(
    name: str,
    rows: list[Json],
    limits: list[str] | None = None,
    history: Json | None = None,
    obj: list[str] | None = None,
    **facts: Any,
) -> Json:
    rule = {"python": {"name": name, "limits": limits or []}}
    evidence = sorted({key for row in rows for key in row})
    given = check(rule, object=obj or [], evidence=evidence)
    return judge(
        [snapshot(result(*rows), **facts)], [given], {"LIS": effective_limits(LIMITS, {}, "LIS")}, (), history
    )[0]


def waits(
    sid: int, blocker: int | None, seconds: int | None, instance: int = 1, blocking_instance: int | None = 1
) -> Json:
    return {
        "inst_id": instance,
        "sid": sid,
        "serial": sid * 10,
        "blocking_inst_id": blocking_instance if blocker else None,
        "blocking_sid": blocker,
        "wait_seconds": seconds,
    }


CHAIN = ["sessions.max_blocked_seconds"]


def test_a_chain_is_named_after_the_session_at_its_root() -> None:
    rows = [
        waits(10, None, None),
        waits(20, 10, 500),
        waits(30, 20, 400),
        waits(40, 10, 90),
        waits(50, 60, 5),
        waits(60, None, None),
    ]
    finding = one("blocking_chains", rows, CHAIN)
    assert (finding["status"], finding["observed"], finding["limit"], finding["unit"]) == ("fail", 500, 60, "s")
    assert [(item["object"], item["observed"]) for item in finding["objects"]] == [("1:10,100", 500)]
    assert finding["reason"]["en"] == "3 waiting, 3 sessions deep"
    assert finding["objects_total"] == 2
    assert finding["evidence"][0]["sid"] == 10


def test_waits_shorter_than_the_limit_pass() -> None:
    assert one("blocking_chains", [waits(10, None, None), waits(20, 10, 60)], CHAIN)["status"] == "pass"


def test_a_chain_may_cross_instances_and_its_root_may_be_gone() -> None:
    finding = one("blocking_chains", [waits(20, 10, 500, instance=1, blocking_instance=2)], CHAIN)
    assert finding["objects"][0]["object"] == "2:10"
    assert finding["evidence"] == [waits(20, 10, 500, instance=1, blocking_instance=2)]


def test_the_longest_wait_stands_for_a_root_that_is_gone() -> None:
    rows = [waits(20, 10, 5), waits(30, 10, 500), waits(40, 10, 90)]
    finding = one("blocking_chains", rows, CHAIN)
    assert (finding["objects"][0]["object"], finding["evidence"][0]["sid"]) == ("1:10", 30)


def test_sessions_that_wait_for_each_other_are_one_chain() -> None:
    finding = one("blocking_chains", [waits(10, 20, 100), waits(20, 10, 200)], CHAIN)
    assert (finding["objects_bad"], finding["observed"]) == (1, 200)


RESTART = ["instance.min_uptime_hours"]
STARTED = "2026-11-22T03:00:00+08:00"


def restart(startup: str | None, hours: float | None, history: Json | None) -> Json:
    row = {"instance_name": "LIS", "startup_time": startup, "uptime_hours": hours}
    return one("unexpected_restart", [row], RESTART, history)


def before(startup: str) -> Json:
    instance = {"name": "LIS", "status": "OPEN", "host": "n1", "startup_time": startup}
    return {"run_id": "run-1", "findings": {}, "facts": {"LIS": {"instances": [instance]}}}


@pytest.mark.parametrize(
    ("history", "hours", "status"),
    [
        (None, 4.0, "warn"),
        (None, 24.0, "pass"),
        (None, 500.0, "pass"),
        (before(STARTED), 4.0, "pass"),
        (before("2026-11-22T02:59:59+08:00"), 4.0, "pass"),
        (before("2026-11-21T19:00:00+00:00"), 4.0, "pass"),
        (before("2026-11-22T02:58:00+08:00"), 4.0, "pass"),
        (before("2026-11-22T02:57:59+08:00"), 4.0, "fail"),
        (before("2026-11-01T08:00:00+08:00"), 4.0, "fail"),
        (before("2026-11-01T08:00:00+08:00"), 900.0, "fail"),
    ],
)
def test_a_restart_is_seen_against_the_run_before_or_by_the_hours_up(
    history: Json | None, hours: float, status: str
) -> None:
    assert restart(STARTED, hours, history)["status"] == status


def test_an_instance_that_is_down_was_not_restarted() -> None:
    assert restart(None, None, None)["status"] == "pass"


def test_missing_and_unopened_instances_fail() -> None:
    expected = [{"name": "HIS1", "status": "OPEN"}, {"name": "HIS2", "status": None}]
    rows = [{"instance_name": "HIS1", "status": "OPEN"}]
    finding = one("instances_present", rows, instances=expected)
    assert (finding["status"], finding["observed"], finding["objects"][0]["object"]) == ("fail", "DOWN", "HIS2")
    mounted = one("instances_present", [{"instance_name": "HIS1", "status": "MOUNTED"}], instances=expected[:1])
    assert (mounted["status"], mounted["observed"]) == ("fail", "MOUNTED")
    assert one("instances_present", rows, instances=expected[:1])["status"] == "pass"


@pytest.mark.parametrize(
    ("controller", "seconds", "status"),
    [
        ("2026-11-22T06:00:10.000+00:00", 10.0, "pass"),
        ("2026-11-22T06:00:10.040+00:00", 10.0, "pass"),
        ("2026-11-22T06:00:30.060+00:00", 30.1, "fail"),
        ("2026-11-22T06:00:30+00:00", 30.0, "pass"),
        ("2026-11-22T06:00:31+00:00", 31.0, "fail"),
        ("2026-11-22T05:55:00+00:00", 300.0, "fail"),
    ],
)
def test_clocks_are_compared_across_time_zones(controller: str, seconds: float, status: str) -> None:
    row = {"name": "LIS", "database_time": "2026-11-22T14:00:00+08:00", "controller_time": controller}
    finding = one("clock_skew", [row], ["instance.max_clock_skew_seconds"], obj=["name"])
    assert (finding["status"], finding["observed"]) == (status, seconds)


def test_a_clock_that_was_not_read_hides_no_other() -> None:
    unread = {"name": "HIS1", "database_time": None, "controller_time": "2026-11-22T06:00:00+00:00"}
    late = {**unread, "name": "HIS2", "database_time": "2026-11-22T14:05:00+08:00"}
    finding = one("clock_skew", [unread, late], ["instance.max_clock_skew_seconds"], obj=["name"])
    assert [(item["object"], item["status"]) for item in finding["objects"]] == [("HIS2", "fail"), ("HIS1", "unknown")]


@pytest.mark.parametrize(
    ("mean", "now", "status", "observed"),
    [
        (61, 10, "fail", 61),
        (60, 60, "pass", 60),
        (10, 61, "warn", 61),
        (None, 61, "warn", 61),
        (None, 60, "pass", 60),
        (None, None, "unknown", None),
    ],
)
def test_a_load_that_lasts_fails_and_a_spike_warns(mean: Any, now: Any, status: str, observed: Any) -> None:
    rule = {"name": "sustained", "limits": CHAIN, "observed": "mean", "options": {"now": "now"}}
    limits = {"LIS": effective_limits(LIMITS, {}, "LIS")}
    finding = judge([snapshot(result({"mean": mean, "now": now}))], [check({"python": rule}, object=[])], limits)[0]
    assert (finding["status"], finding["observed"], finding["limit"]) == (status, observed, 60)


def test_a_judge_sees_its_limits_in_order_and_cannot_change_its_case() -> None:
    given = check({"python": {"name": "x", "limits": ["storage.min_free_pct", "storage.warn_free_pct"]}})
    case = Case(given, [], snapshot(), effective_limits(LIMITS, {}, "LIS"))
    assert (case.limit(), case.limit(1)) == (("storage.min_free_pct", 20), ("storage.warn_free_pct", 25))
    with pytest.raises(dataclasses.FrozenInstanceError):
        case.rows = [{"name": "x"}]  # type: ignore[misc]


def test_a_judge_that_lacks_a_column_is_unknown_not_healthy() -> None:
    finding = one("clock_skew", [{"name": "LIS"}], ["instance.max_clock_skew_seconds"])
    assert finding["status"] == "unknown"
