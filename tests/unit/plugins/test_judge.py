# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The judge is pure: snapshots, checks, limits and waivers in, findings out."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import pytest

from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judge import judge
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.limits import effective_limits
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.waivers import parse_waivers
from tests.unit.plugins.cases import LIMITS, UNREADABLE, check, result, snapshot

Json = dict[str, Any]


def one(given: Json, rule: Json | None = None, waivers: Any = (), history: Json | None = None, **changed: Any) -> Json:
    limits = {given["target"]["name"]: effective_limits(LIMITS, {}, given["target"]["name"])}
    parsed = parse_waivers(list(waivers), ["storage.free"], datetime.date(2026, 11, 22))
    before = copy.deepcopy(given)
    findings = judge([given], [check(rule, **changed)], limits, parsed, history, "2026-11-22T07:00:00+08:00", "run-2")
    assert given == before, "the judge changed a snapshot"
    return findings[0]


def free(*figures: Any, **changed: Any) -> Json:
    return snapshot(
        result(*({"name": f"TS{number}", "free_pct": value} for number, value in enumerate(figures, 1)), **changed)
    )


@pytest.mark.parametrize(
    ("figures", "status", "observed", "limit", "bad"),
    [
        ((50, 30), "pass", 30, 25, 0),
        ((50, 25), "pass", 25, 25, 0),
        ((50, 22), "warn", 22, 25, 1),
        ((20, 50), "warn", 20, 25, 1),
        ((19.99, 24), "fail", 19.99, 20, 2),
        ((24, 3, 11), "fail", 3, 20, 3),
    ],
)
def test_compare_fails_below_the_limit_and_warns_below_the_warning(
    figures: Any, status: str, observed: float, limit: float, bad: int
) -> None:
    finding = one(free(*figures))
    assert (finding["status"], finding["observed"], finding["limit"], finding["objects_bad"]) == (
        status,
        observed,
        limit,
        bad,
    )
    assert (finding["unit"], finding["operator"], finding["objects_total"]) == ("%", ">=", len(figures))


def test_objects_that_did_not_pass_stand_worst_first_with_their_evidence() -> None:
    finding = one(free(50, 22, 3, 11))
    assert [(item["object"], item["status"], item["observed"]) for item in finding["objects"]] == [
        ("TS3", "fail", 3),
        ("TS4", "fail", 11),
        ("TS2", "warn", 22),
    ]
    assert finding["evidence"][0] == {"name": "TS3", "free_pct": 3}
    assert finding["evidence_total"] == 3


def test_lists_are_bounded_and_totals_are_true() -> None:
    finding = one(free(*range(20), *range(20), *range(20)))
    assert (len(finding["objects"]), finding["objects_bad"], len(finding["evidence"]), finding["evidence_total"]) == (
        50,
        60,
        50,
        60,
    )


@pytest.mark.parametrize(
    ("healthy", "limit", "observed", "status"),
    [
        (">=", 20, 20, "pass"),
        (">=", 20, 19, "fail"),
        (">", 20, 20, "fail"),
        (">", 20, 21, "pass"),
        ("<=", 5, 5, "pass"),
        ("<=", 5, 5.1, "fail"),
        ("<", 5, 5, "fail"),
        ("<", 5, 4, "pass"),
        ("==", "OPEN", "OPEN", "pass"),
        ("==", "OPEN", "MOUNTED", "fail"),
        ("!=", "X", "A", "pass"),
        ("!=", "X", "X", "fail"),
        ("in", ["A", "B"], "A", "pass"),
        ("in", ["A", "B"], "C", "fail"),
        ("not_in", ["A"], "B", "pass"),
        ("not_in", ["A"], "A", "fail"),
        ("in", "security.dba_allowed", "SYS", "pass"),
        ("in", "security.dba_allowed", "SCOTT", "fail"),
    ],
)
def test_each_operator(healthy: str, limit: Any, observed: Any, status: str) -> None:
    rule = {"compare": {"observed": "free_pct", "healthy": healthy, "fail": limit}}
    assert one(free(observed), rule)["status"] == status


@pytest.mark.parametrize(("null_observed", "status"), [("unknown", "unknown"), ("pass", "pass"), ("fail", "fail")])
def test_a_value_that_is_null(null_observed: str, status: str) -> None:
    finding = one(free(50, None), null_observed=null_observed)
    assert (finding["status"], finding["observed"]) == (status, 50 if status == "pass" else None)


def test_a_value_that_cannot_be_compared_is_unknown() -> None:
    finding = one(free("n/a"))
    assert finding["status"] == "unknown"
    assert "cannot be judged" in finding["reason"]["en"]


@pytest.mark.parametrize(
    ("expression", "status"),
    [
        ("free_pct < limits.storage.min_free_pct", "fail"),
        ("!contains(limits.security.dba_allowed, name)", "fail"),
        ("facts.edition != 'EE'", "pass"),
        ("target == 'LIS'", "fail"),
        ("matches(name, '^TS[0-9]$')", "fail"),
        ("lower(name) == 'ts1'", "fail"),
        ("upper(missing) == 'X'", "pass"),
        ("matches(missing, 'x')", "pass"),
    ],
)
def test_expressions_see_limits_facts_and_target(expression: str, status: str) -> None:
    assert one(free(3), {"jmespath": {"unhealthy": expression}})["status"] == status


def test_an_expression_may_warn_and_shows_what_it_is_told_to() -> None:
    rule = {
        "jmespath": {
            "unhealthy": "free_pct < `10`",
            "status": "warn",
            "observed": "name",
            "limit": "storage.min_free_pct",
        }
    }
    finding = one(free(3), rule)
    assert (finding["status"], finding["observed"], finding["limit"], finding["unit"]) == ("warn", "TS1", 20, "%")


def test_an_expression_that_breaks_on_a_row_is_unknown() -> None:
    assert one(free(3), {"jmespath": {"unhealthy": "lower(free_pct) == 'x'"}})["status"] == "unknown"


def test_a_filter_that_cannot_be_computed_is_unknown() -> None:
    finding = one(free(50), filter="lower(free_pct) == 'x'")
    assert (finding["status"], finding["objects_total"]) == ("unknown", 0)
    assert finding["reason"]["en"].startswith("the filter cannot be computed: In function lower(), invalid type")


def test_rows_that_the_filter_leaves_out_are_not_judged() -> None:
    finding = one(free(3, 50), filter="name != 'TS1'")
    assert (finding["status"], finding["objects_total"]) == ("pass", 1)


@pytest.mark.parametrize("when_empty", ["pass", "fail", "warn", "unknown", "not_applicable"])
def test_no_rows(when_empty: str) -> None:
    assert one(snapshot(result()), when_empty=when_empty)["status"] == when_empty
    assert one(free(3), filter="name == 'none'", when_empty=when_empty)["status"] == when_empty


# -- what was not read -------------------------------------------------------------------------------------------------


def test_a_target_that_cannot_be_read_leaves_every_check_unknown_with_the_reason() -> None:
    finding = one(UNREADABLE)
    assert (finding["status"], finding["reason"]["en"]) == (
        "unknown",
        "the database could not be read: ORA-01033: starting",
    )


def test_that_it_cannot_be_read_is_a_finding_with_the_code() -> None:
    finding = one(UNREADABLE, {"python": {"name": "target_readable"}}, probe="connection")
    assert (finding["status"], finding["observed"]) == ("fail", "ORA-01033")
    assert finding["reason"]["en"] == "the database is in maintenance or not open: ORA-01033: starting"
    assert one(free(3), {"python": {"name": "target_readable"}}, probe="connection")["status"] == "pass"


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        (None, "the snapshot holds no p"),
        (
            result(status="error", error={"code": "ORA-00942", "kind": "privilege", "message": "ORA-00942: no table"}),
            "the account lacks a grant to read p: ORA-00942: no table; playbooks/onboard.yml prints what it needs",
        ),
        (
            result(status="error", error={"code": "DPY-4024", "kind": "timeout", "message": "cancelled"}),
            "p could not be read: cancelled",
        ),
        (result(status="error", reason="no column a"), "p could not be read: no column a"),
    ],
)
def test_a_probe_that_was_not_read_is_unknown(probe: Json | None, words: str) -> None:
    finding = one(snapshot(probe))
    assert (finding["status"], finding["reason"]["en"]) == ("unknown", words)


GAPS = [
    ({"instances_unread": [{"name": "HIS2", "reason": "ORA-12521"}]}, "instance HIS2 was not read: ORA-12521"),
    ({"containers_unread": [{"name": "EMRPDB", "reason": "no grant"}]}, "container EMRPDB was not read: no grant"),
    ({"truncated": True}, "too many rows, only the first 1 were read"),
]


@pytest.mark.parametrize(("gap", "words"), GAPS)
def test_what_looks_healthy_with_a_gap_is_unknown(gap: Json, words: str) -> None:
    finding = one(free(50, **gap))
    assert (finding["status"], finding["reason"]["en"]) == ("unknown", words)


@pytest.mark.parametrize(("gap", "words"), GAPS)
@pytest.mark.parametrize(("figure", "status"), [(3, "fail"), (22, "warn")])
def test_what_is_seen_to_be_bad_stays_bad_with_a_note(gap: Json, words: str, figure: int, status: str) -> None:
    finding = one(free(figure, **gap))
    assert (finding["status"], finding["reason"]["en"]) == (status, words)


def test_nothing_read_on_one_instance_and_no_rows_elsewhere_is_unknown() -> None:
    gap = {"instances_unread": [{"name": "HIS2", "reason": "down"}]}
    assert one(snapshot(result(**gap)), when_empty="pass")["status"] == "unknown"


# -- what does not apply -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("applies", "facts", "words"),
    [
        ({"edition": "EE"}, {"edition": "SE2"}, "needs Enterprise Edition; this is SE2"),
        ({"roles": ["PRIMARY"]}, {"role": "PHYSICAL STANDBY"}, "the role is PHYSICAL STANDBY, not PRIMARY"),
        ({"cdb": True}, {}, "concerns container databases only"),
        ({"rac": True}, {}, "concerns RAC only"),
        ({"asm": True}, {}, "concerns databases on ASM only"),
        ({"versions": ">=23"}, {}, "for >=23; this is 19.0.0.0.0"),
    ],
)
def test_a_check_that_does_not_concern_the_database(applies: Json, facts: Json, words: str) -> None:
    given = snapshot(result({"name": "TS", "free_pct": 1}), **facts)
    finding = one(given, applies=applies)
    assert (finding["status"], finding["reason"]["en"], finding["objects"]) == ("not_applicable", words, [])


@pytest.mark.parametrize(
    "applies",
    [
        {"edition": "EE"},
        {"edition": "any"},
        {"roles": ["PRIMARY", "PHYSICAL STANDBY"]},
        {"cdb": False},
        {"rac": "any"},
        {"asm": False},
        {"versions": ">=11.2,<23"},
    ],
)
def test_a_check_that_does(applies: Json) -> None:
    assert one(free(1), applies=applies)["status"] == "fail"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("licence", "the site declares no licence for it: diagnostics_pack"),
        ("edition", "this edition does not have it: diagnostics_pack"),
        ("version", "there is no statement for this release: diagnostics_pack"),
    ],
)
def test_a_probe_that_was_skipped(code: str, words: str) -> None:
    finding = one(snapshot(result(status="skipped", reason="diagnostics_pack", reason_code=code)))
    assert (finding["status"], finding["reason"]["en"]) == ("not_applicable", words)


# -- waivers -----------------------------------------------------------------------------------------------------------

WAIVER = {
    "check": "storage.free",
    "target": "LIS",
    "reason": "new disk on order",
    "approver": "Wang",
    "until": "2026-12-31",
}


def test_a_waiver_covers_the_finding_and_is_shown_with_it() -> None:
    finding = one(free(3), waivers=[WAIVER])
    assert finding["status"] == "waived"
    assert (finding["waiver"]["approver"], finding["waiver"]["used"]) == ("Wang", True)
    assert finding["objects"][0]["observed"] == 3


def test_a_waived_object_stands_before_those_that_passed() -> None:
    rule = {"jmespath": {"unhealthy": "name == 'TS1'", "observed": "free_pct"}}
    finding = one(free(3, 50), rule, waivers=[{**WAIVER, "object": "TS1"}])
    assert (finding["status"], finding["observed"]) == ("waived", 3)


def test_a_waiver_for_one_object_leaves_the_others() -> None:
    finding = one(free(3, 11), waivers=[{**WAIVER, "object": "TS1"}])
    assert (finding["status"], finding["observed"]) == ("fail", 11)
    assert [(item["object"], item["status"]) for item in finding["objects"]] == [("TS2", "fail"), ("TS1", "waived")]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"target": "*"}, "waived"),
        ({"target": "HIS"}, "fail"),
        ({"until": "2026-11-22"}, "waived"),
        ({"until": "2026-11-21"}, "fail"),
        ({"until": datetime.date(2027, 1, 1)}, "waived"),
    ],
)
def test_a_waiver_holds_for_its_target_until_its_last_day(changed: Json, status: str) -> None:
    assert one(free(3), waivers=[{**WAIVER, **changed}])["status"] == status


def test_unknown_cannot_be_waived() -> None:
    assert one(snapshot(result(status="error", reason="x")), waivers=[WAIVER])["status"] == "unknown"


# -- new, since --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "figure", "new", "since"),
    [
        (None, 3, True, "run-2"),
        ({"status": "pass", "since": None}, 3, True, "run-2"),
        ({"status": "fail", "since": "run-1"}, 3, False, "run-1"),
        ({"status": "warn", "since": "run-0"}, 3, True, "run-0"),
        ({"status": "fail", "since": "run-0"}, 22, False, "run-0"),
        ({"status": "waived", "since": None}, 3, True, "run-2"),
        ({"status": "fail", "since": "run-1"}, 50, False, None),
    ],
)
def test_new_and_since(before: Json | None, figure: int, new: bool, since: str | None) -> None:
    history = {
        "run_id": "run-1",
        "verdict": "unhealthy",
        "findings": {"storage.free@LIS": before} if before else {},
        "facts": {},
    }
    finding = one(free(figure), history=history)
    assert (finding["new"], finding["since"]) == (new, since)


def test_the_limit_says_where_it_comes_from() -> None:
    given = free(21)
    for site, source, status in (
        ({}, "catalogue", "warn"),
        ({"storage.min_free_pct": 22}, "site", "fail"),
        ({"targets": {"LIS": {"storage.min_free_pct": 23}}}, "target", "fail"),
    ):
        limits = {"LIS": effective_limits(LIMITS, site, "LIS")}
        finding = judge([given], [check()], limits)[0]
        assert (finding["limit_source"], finding["status"]) == (source, status)
    assert judge([free(1)], [check()], {"LIS": effective_limits(LIMITS, {}, "LIS")})[0]["limit_source"] == "contract"
