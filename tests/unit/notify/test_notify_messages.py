# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is told, to whom it is told and when; and what is wrong with dbcare_notify."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.modules import notify as documented
from ansible_collections.medops.dbcare.plugins.plugin_utils.notify import channels, message, settings
from ansible_collections.medops.dbcare.plugins.plugin_utils.settings import load_settings
from tests.support.sample_run import RUN_ID, healthy_run, sample_run

MAIL = {"host": "smtp.example.org", "from": "dbcare@example.org", "to": ["dba@example.org"]}
REPORT = "/srv/reports/daily_inspection/x/report.html"


def told(document: dict[str, Any] | None = None, language: str = "zh", report: str = REPORT) -> message.Message:
    return message.compose(document or sample_run(), language, report)


# --- content --------------------------------------------------------------------------------------------------------


def test_wecom_markdown() -> None:
    content = message.wecom(told())["markdown"]["content"].split("\n")
    assert content[0] == '**<font color="warning">［模拟环境］ 数据库每日巡检报告：不完整</font>**'
    assert "> HIS 不健康，LIS 健康，PACS 不健康，EMR 不完整" in content
    assert content[content.index("**新增问题：**") + 2] == "- 不合格 HIS 阻塞会话链 1,260 秒"
    assert content[-1] == REPORT


def test_dingtalk_markdown() -> None:
    body = message.dingtalk(told(language="en", report="https://reports.example.org/r/report.html"))
    assert body["msgtype"] == "markdown" and body["at"] == {"isAtAll": False}
    assert body["markdown"]["title"] == "［Simulated］ Daily database inspection: Incomplete"
    assert body["markdown"]["text"].endswith("[report.html](https://reports.example.org/r/report.html)")


def test_payload_for_programs() -> None:
    payload = told().payload
    assert payload["verdict"] == "incomplete" and payload["run"]["id"] == RUN_ID and payload["simulated"] is True
    assert payload["targets"] == {"HIS": "unhealthy", "LIS": "healthy", "PACS": "unhealthy", "EMR": "incomplete"}
    assert [(f["target"], f["check"]) for f in payload["new_failures"]][:2] == [
        ("EMR", "instance.readable"), ("HIS", "sessions.blocking_chains")]
    assert payload["new_failures"][1]["observed"] == 1260 and payload["resolved"][0]["target"] == "LIS"


def test_no_evidence_leaves() -> None:
    everything = [message.wecom(told()), message.dingtalk(told()), told().payload, told().text]
    whole = json.dumps(everything, ensure_ascii=False)
    for secret in ("HIS_APP", "his-web-03", "VENDOR_SUPPORT", "PACS_IMG", "127.0.0.1", "sha256:"):
        assert secret not in whole


HOSTILE = "[x](http://evil/) <@all> @all **b** `c` <script> # h\n\n> q | ![i](u) \u202eabc"


def test_markup_in_text_stays_text() -> None:
    document = sample_run()
    for finding in document["findings"]:
        finding["title"] = {"zh": HOSTILE, "en": HOSTILE}
        finding["target"] = finding["target"] + HOSTILE if finding["target"] == "EMR" else finding["target"]
    document["summary"]["by_target"][HOSTILE] = document["summary"]["by_target"].pop("EMR")
    whole = told(document)
    for body in (message.wecom(whole)["markdown"]["content"], message.dingtalk(whole)["markdown"]["text"]):
        ours = body.replace('<font color="warning">', "").replace("</font>", "")
        shown = "［x］(http：//evil/) ＜＠all＞ ＠all ＊＊b＊＊ ｀c｀ ＜script＞ ＃ h ＞ q ｜ !［i］(u) ＜U+202E＞abc"
        assert shown in ours
        assert not re.search(r"[\[\]`@|~\\]|http:|<(?!font|/font)", ours)


def test_wecom_fits_into_4096_bytes() -> None:
    document = sample_run()
    for finding in document["findings"]:
        finding["title"] = {"zh": "长" * 300, "en": "long " * 100}
    content = message.wecom(told(document))["markdown"]["content"]
    assert len(content.encode()) <= 4096
    assert content.startswith("**<font") and content.endswith(REPORT)


def test_mail_is_plain_text_and_headers_cannot_be_smuggled() -> None:
    mail = settings.parse({"mail": MAIL | {"subject_prefix": "[HIS]\r\nBcc: all@example.org"}})["mail"]
    email = channels.as_email(mail, told())
    assert email["Subject"] == "[HIS] Bcc: all@example.org [模拟环境] 数据库每日巡检报告：不完整"
    assert email["Bcc"] is None and email.get_content_type() == "text/plain"
    assert "不合格 HIS 阻塞会话链 1,260 秒" in email.get_content() and f"报告：{REPORT}" in email.get_content()


def test_place_of_the_report() -> None:
    assert message.where(sample_run(), REPORT, None) == REPORT
    assert message.where(sample_run(), REPORT, "https://r.example.org/daily/") == (
        f"https://r.example.org/daily/{RUN_ID}/report.html")


@pytest.mark.parametrize(("when", "change", "due"), [
    ("always", {}, True), ("always", {"verdict": "healthy"}, True),
    ("on_failure", {"verdict": "unhealthy"}, True), ("on_failure", {"verdict": "incomplete"}, True),
    ("on_failure", {"verdict": "attention"}, False), ("on_failure", {"verdict": "healthy"}, False),
    ("on_change", {"new_failures": [], "resolved": [], "previous_verdict": "incomplete"}, False),
    ("on_change", {"new_failures": [], "resolved": [], "previous_verdict": None}, False),
    ("on_change", {"new_failures": [], "resolved": [], "previous_verdict": "healthy"}, True),
    ("on_change", {"new_failures": [], "previous_verdict": "incomplete"}, True),
])
def test_when(when: str, change: dict[str, Any], due: bool) -> None:
    document = sample_run()
    document["summary"] |= change
    assert message.is_due(document, when) is due


def test_healthy_run_is_short() -> None:
    assert message.wecom(told(healthy_run()))["markdown"]["content"].count("\n") == 4


# --- requests -------------------------------------------------------------------------------------------------------


def webhook(**more: Any) -> dict[str, Any]:
    entry = {"kind": "generic", "url": "https://h.example.org/x?access_token=T"} | more
    return dict(settings.parse({"webhooks": [entry]})["webhooks"][0])


def test_dingtalk_signature_as_documented() -> None:
    url, _body, _headers = channels.request(webhook(kind="dingtalk", secret="SEC1"), told(), 1773615600.123)
    query = parse_qs(urlsplit(url).query)
    expected = hmac.new(b"SEC1", b"1773615600123\nSEC1", hashlib.sha256).digest()
    assert query["access_token"] == ["T"] and query["timestamp"] == ["1773615600123"]
    assert query["sign"] == [base64.b64encode(expected).decode()]


def test_generic_signature() -> None:
    url, body, headers = channels.request(webhook(secret="key"), told(), 1773615600.9)
    expected = hmac.new(b"key", b"1773615600." + body, hashlib.sha256).hexdigest()
    assert url.endswith("?access_token=T")
    assert headers["X-Dbcare-Timestamp"] == "1773615600" and headers["X-Dbcare-Signature"] == f"sha256={expected}"


def test_no_secret_no_signature() -> None:
    for kind in ("wecom", "dingtalk", "generic"):
        url, _body, headers = channels.request(webhook(kind=kind), told(), 0)
        assert url.endswith("access_token=T") and list(headers) == ["Content-Type"]


# --- settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "sentence"), [
    ({"mial": MAIL}, 'dbcare_notify: unknown key "mial". Did you mean "mail"?'),
    ({"mail": MAIL | {"pasword": "x"}}, 'dbcare_notify.mail: unknown key "pasword". Did you mean "password"?'),
    ({"webhooks": [{"kind": "wecom", "url": "https://x/", "x": 1}]}, 'dbcare_notify.webhooks[0]: unknown key "x".'),
    ({"mail": {"host": "h"}}, "missing required arguments: from, to found in mail"),
    ({"when": "sometimes"}, "value of when must be one of: always, on_change, on_failure, got: sometimes"),
    ({"webhooks": {"kind": "wecom"}}, "dbcare_notify.webhooks must be a list of dictionaries"),
    ({"webhooks": [{"kind": "slack", "url": "https://x/"}]}, "value of kind must be one of: wecom, dingtalk, generic"),
    ({"webhooks": [{"kind": "wecom", "url": "file:///etc/passwd"}]}, "url must be an http:// or https:// address"),
    ({"webhooks": [{"kind": "wecom", "url": "https://[x"}]}, "url must be an http:// or https:// address"),
    ({"timeout": "soon"}, "'timeout' is of type str"), ({"timeout": 0}, "timeout is 0; it must be from 1 to 120"),
    ({"attempts": 99}, "attempts is 99; it must be from 1 to 10"), ({"language": "fr"}, 'in the language "fr"'),
    ({"mail": MAIL | {"to": ["nobody"]}}, "'nobody' is no mail address"), ({"mail": MAIL | {"to": []}}, "names nobody"),
    ({"mail": MAIL | {"user": "u"}}, "required together: user, password"),
    ({"mail": MAIL | {"user": "u", "password": "p", "security": "none"}}, "would send its password in clear"),
    (["mail"], "dbcare_notify must be a dictionary"),
])
def test_wrong_setting_is_one_sentence(given: Any, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        settings.parse(given)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_site_settings_are_checked_before_anything_is_read() -> None:
    with pytest.raises(BadInput, match=r'dbcare_notify\.mail: unknown key "hots"'):
        load_settings({"dbcare_notify": {"mail": MAIL | {"hots": "x"}}})
    assert load_settings({"dbcare_notify": {"mail": MAIL}})["dbcare_notify"] == {"mail": MAIL}


def test_no_secret_in_a_sentence() -> None:
    for given in ({"webhooks": [{"kind": "wecom", "url": "S3CRET"}]},
                  {"webhooks": [{"kind": "slack", "url": "https://x/S3CRET", "secret": "S3CRET"}]},
                  {"mail": MAIL | {"user": "u", "password": "S3CRET", "port": "x"}}):
        with pytest.raises(BadInput) as caught:
            settings.parse(given)
        assert "S3CRET" not in str(caught.value)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_default_ports(security: str, port: int) -> None:
    assert settings.parse({"mail": MAIL | {"security": security}})["mail"]["port"] == port


def spec_of(options: dict[str, Any]) -> dict[str, Any]:
    """Documented options in the form of an argument spec, without words."""
    return {name: {key: spec_of(value) if key == "suboptions" else value for key, value in option.items()
                   if key in {"type", "elements", "choices", "required", "default", "suboptions"}}
            for name, option in options.items()}


def test_documentation_says_what_is_checked() -> None:
    def plain(options: dict[str, Any]) -> dict[str, Any]:
        return {name: {"suboptions" if key == "options" else key: plain(value) if key == "options" else value
                       for key, value in option.items() if key not in {"no_log", "required_together"}}
                for name, option in options.items()}

    options = yaml.safe_load(documented.DOCUMENTATION)["options"]
    assert spec_of(options["settings"]["suboptions"]) == plain(settings.OPTIONS)


def test_role_readme_names_every_key() -> None:
    readme = (Path(__file__).parents[3] / "roles" / "notify" / "README.md").read_text(encoding="utf-8")
    for key in {**settings.OPTIONS, **settings.MAIL_OPTIONS, **settings.WEBHOOK_OPTIONS}:
        assert key in readme or key == "port", key
