# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a site writes: limits, waivers, settings, login. Wrong input is one clear sentence."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.limits import effective_limits, limits_in_use
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.waivers import expiry_notice, parse_waivers
from ansible_collections.medops.dbcare.plugins.plugin_utils.settings import load_settings, misspelt
from tests.unit.plugins.cases import LIMITS

TODAY = datetime.date(2026, 11, 22)
FREE = "storage.min_free_pct"


@pytest.mark.parametrize(
    ("site", "own", "value", "source", "target", "loosened"),
    [
        ({}, None, 20, "contract", None, False),
        ({FREE: 25}, None, 25, "site", None, False),
        ({FREE: 15}, None, 15, "site", None, True),
        ({FREE: 25, "targets": {"PACS": {FREE: 22}}}, None, 22, "target", "PACS", False),
        ({FREE: 25, "targets": {"PACS": {FREE: 10}}}, None, 10, "target", "PACS", True),
        ({FREE: 25, "targets": {"HIS": {FREE: 22}}}, None, 25, "site", None, False),
        ({FREE: 25}, {FREE: 30}, 30, "target", "PACS", False),
        ({FREE: 25}, {FREE: 25}, 25, "site", None, False),
        ({FREE: 25}, {FREE: 25, "targets": {"PACS": {FREE: 40}}}, 40, "target", "PACS", False),
    ],
)
def test_limits_in_force(site: Any, own: Any, value: float, source: str, target: str | None, loosened: bool) -> None:
    limit = effective_limits(LIMITS, site, "PACS", own)[FREE]
    assert (limit["value"], limit["source"], limit["target"], limit["loosened"]) == (value, source, target, loosened)
    assert (limit["contract_value"], limit["unit"], limit["clause"]) == (20, "%", "daily.storage")


def test_a_limit_of_the_catalogue_can_be_moved_without_being_loosened() -> None:
    limit = effective_limits(LIMITS, {"storage.warn_free_pct": 5})["storage.warn_free_pct"]
    assert (limit["source"], limit["loosened"]) == ("site", False)


def test_a_limit_that_is_neither_high_nor_low_is_never_loosened() -> None:
    allowed = {**LIMITS["security.dba_allowed"], "contract": True}
    limit = effective_limits({allowed["id"]: allowed}, {allowed["id"]: ["SYS"]})[allowed["id"]]
    assert (limit["value"], limit["source"], limit["loosened"]) == (["SYS"], "site", False)


def test_limits_in_use_are_listed_once_and_for_each_target_that_differs() -> None:
    site = {FREE: 25, "targets": {"PACS": {FREE: 22}}}
    limits = {name: effective_limits(LIMITS, site, name) for name in ("HIS", "LIS", "PACS")}
    assert [(item["target"], item["value"]) for item in limits_in_use(limits, {FREE})] == [(None, 25), ("PACS", 22)]


@pytest.mark.parametrize(
    ("site", "sentence"),
    [
        ({FREE: "25"}, "dbcare_limits: storage.min_free_pct must be a number, not '25'."),
        ({FREE: None}, "dbcare_limits: storage.min_free_pct must be a number, not None."),
        ({FREE: True}, "dbcare_limits: storage.min_free_pct must be a number, not True."),
        ({FREE: 120}, "dbcare_limits: storage.min_free_pct must be at most 100, not 120."),
        ({"security.dba_allowed": "SYS"}, "dbcare_limits: security.dba_allowed must be a list, not 'SYS'."),
        (
            {"storage.min_free_pc": 25},
            'dbcare_limits: there is no limit "storage.min_free_pc". Did you mean "storage.min_free_pct"?',
        ),
        (
            {"targets": {"PACS": {FREE: "x"}}},
            "dbcare_limits.targets.PACS: storage.min_free_pct must be a number, not 'x'.",
        ),
        ({FREE: -1}, "dbcare_limits: storage.min_free_pct must be at least 0, not -1."),
        ({"targets": {"PACS": [1]}}, "dbcare_limits.targets.PACS must be a dictionary of limit id to value."),
        ({"targets": ["PACS"]}, "dbcare_limits.targets must be a dictionary of target to limits."),
        ([1], "dbcare_limits must be a dictionary of limit id to value."),
    ],
)
def test_limits_that_are_wrong(site: Any, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        effective_limits(LIMITS, site)

    assert str(caught.value) == sentence


GOOD = {"check": "storage.free", "target": "LIS", "reason": "r", "approver": "a", "until": "2027-01-31"}


@pytest.mark.parametrize(
    ("until", "expired"),
    [
        ("2027-01-31", False),
        (datetime.date(2026, 11, 22), False),
        (datetime.datetime(2026, 11, 22, 23, 59), False),
        (datetime.date(2026, 11, 21), True),
        ("2026-11-21", True),
    ],
)
def test_waivers(until: Any, expired: bool) -> None:
    waiver = parse_waivers([{**GOOD, "until": until}], ["storage.free"], TODAY)[0]
    assert (waiver["expired"], waiver["until"]) == (expired, str(until)[:10])
    assert (waiver["object"], waiver["used"]) == (None, False)


def test_an_expired_waiver_is_told_in_one_sentence() -> None:
    waiver = parse_waivers([{**GOOD, "until": "2026-01-31"}], ["storage.free"], TODAY)[0]
    assert expiry_notice(waiver)["en"] == (
        "The waiver for storage.free on LIS expired on 2026-01-31 and is no longer applied: "
        "renew it in dbcare_waivers or remove it."
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            [{**GOOD, "until": "31.1.2027"}],
            'dbcare_waivers, entry 1: until must be a date such as 2027-01-31, not "31.1.2027".',
        ),
        (
            [GOOD, {**GOOD, "check": "storage.fre"}],
            'dbcare_waivers, entry 2: there is no check "storage.fre". Did you mean "storage.free"?',
        ),
        ([{**GOOD, "untill": 1}], 'dbcare_waivers, entry 1 has the unknown key "untill". Did you mean "until"?'),
        (
            [{**GOOD, "approver": ""}],
            "dbcare_waivers, entry 1: approver is missing; a waiver needs check, target, reason, approver, until.",
        ),
        (["x"], "dbcare_waivers, entry 1 must be a dictionary with check, target, reason, approver, until."),
        ("x", "dbcare_waivers must be a list."),
    ],
)
def test_waivers_that_are_wrong(given: Any, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_waivers(given, ["storage.free"], TODAY)
    assert str(caught.value) == sentence


def test_settings_left_out_have_their_defaults_and_dates_are_texts() -> None:
    settings = load_settings({"dbcare_contract": {"begins": datetime.date(2026, 1, 1)}, "dbcare_limits": None})
    assert settings["dbcare_contract"] == {"begins": "2026-01-01"}
    assert (settings["dbcare_limits"], settings["dbcare_waivers"], settings["dbcare_licences"]) == ({}, [], [])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"dbcare_limit": {}}, 'There is no setting "dbcare_limit". Did you mean "dbcare_limits"?'),
        ({"dbcare_report": {"foldr": "/x"}}, 'dbcare_report: unknown key "foldr". Did you mean "folder"?'),
        ({"dbcare_report": {"fail_on": "error"}}, 'dbcare_report.fail_on: "error" is not one of none, warn, fail.'),
        (
            {"dbcare_report": {"languages": ["zh-CM"]}},
            'dbcare_report.languages.0: "zh-CM" is not one of zh-CN, en. Did you mean "zh-CN"?',
        ),
        (
            {"dbcare_archive": {"retention_days": "90"}},
            "dbcare_archive.retention_days must be a whole number, not '90'.",
        ),
        ({"dbcare_archive": "x"}, "dbcare_archive must be a dictionary, not 'x'."),
        ({"dbcare_licences": ["diagnostic_pack"]}, '"diagnostic_pack" is not one of'),
        ({"dbcare_schedule": {"morning": {"playbook": "x"}}}, 'dbcare_schedule.morning: the key "rrule" is missing.'),
    ],
)
def test_settings_that_are_wrong(given: Any, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        load_settings(given)
    assert sentence in str(caught.value)


def test_a_variable_that_looks_like_a_setting_is_told() -> None:
    assert misspelt(["dbcare_limts", "dbcare_login", "dbcare_limits", "dbcare_whatever", "other"]) == [
        'The variable "dbcare_limts" is no setting and has no effect. Did you mean "dbcare_limits"?'
    ]


LOGIN = {"host": "h", "service_name": "S", "user": "u", "password": "top-secret"}


def test_a_login_is_filled_up() -> None:
    login = normalise_login(LOGIN)
    assert (login["port"], login["protocol"], login["connect_timeout"], login["statement_timeout"]) == (
        1521,
        "tcp",
        10.0,
        60.0,
    )
    assert normalise_login({**LOGIN, "protocol": "tcps"})["port"] == 2484
    assert normalise_login({**LOGIN, "port": "1600"})["port"] == 1600
    assert normalise_login({"dsn": "h/S", "user": "u", "password": "p"})["port"] is None


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"host": None}, "login needs either dsn, or host and service_name."),
        ({"dsn": "h/S"}, "login needs either dsn, or host and service_name."),
        ({"service_name": None}, "login.service_name is missing."),
        (
            {"host": None, "service_name": None, "dsn": "u/top-secret@h/S"},
            "login.dsn must not hold user and password; give them as login.user and login.password.",
        ),
        ({"password": ""}, "login.password is missing or empty."),
        ({"port": "x"}, "login.port must be a whole number."),
        ({"port": 70000}, "login.port must lie between 1 and 65535."),
        ({"connect_timeout": 0}, "login.connect_timeout must be more than 0 seconds."),
        ({"protocol": "http"}, "login.protocol must be tcp or tcps."),
        ({"pasword": "x"}, 'login (dbcare_login) has the unknown key "pasword". Did you mean "password"?'),
        ({"instances": [{"host": "x"}]}, "login.instances: each entry needs a name."),
    ],
)
def test_logins_that_are_wrong_are_told_without_the_password(changed: Any, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        normalise_login({**LOGIN, **changed})
    assert str(caught.value) == sentence
    assert "top-secret" not in str(caught.value)
