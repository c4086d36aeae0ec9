# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Messages to real servers, and what happens when one of them misbehaves."""

from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import json
import socket
import threading
import time
from typing import Any

import pytest

from ansible_collections.medops.dbcare.plugins.plugin_utils.notify import delivery, message, settings
from tests.support.sample_run import sample_run

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
REPORT = "/srv/reports/daily_inspection/x/report.html"


def send(given: dict[str, Any]) -> list[delivery.Delivery]:
    parsed = settings.parse({"timeout": 2, "attempts": 2} | given)
    return delivery.notify(parsed, message.compose(sample_run(), "zh", REPORT), pause=0.01)


def only(given: dict[str, Any]) -> delivery.Delivery:
    (done,) = send(given)
    assert "S3CRET" not in done.message and "T0KEN" not in done.message and "\n" not in done.message
    return done


# --- mail -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_mail_arrives(smtp: Any, security: str) -> None:
    inbox, mail = smtp(security)
    assert only({"mail": mail}).ok
    (envelope,) = inbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("dbcare@example.org", ["dba@example.org", "it@example.org"])
    got = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert got["Subject"] == "[模拟环境] 数据库每日巡检报告：不完整"
    body = got.get_content()
    assert "- 不合格 HIS 阻塞会话链 1,260 秒" in body and REPORT in body and "HIS_APP" not in body


def test_wrong_password(smtp: Any) -> None:
    _inbox, mail = smtp("starttls")
    done = only({"mail": mail | {"password": "S3CRET-wrong"}})
    assert done.message == (f"Notification by mail 127.0.0.1:{mail['port']} failed: the server refused the login "
                            "(535). The report itself is not affected.")


def test_certificate_that_is_not_trusted(smtp: Any) -> None:
    for security in ("starttls", "tls"):
        inbox, mail = smtp(security)
        done = only({"mail": mail | {"ca_file": None}})
        assert "its certificate is not trusted" in done.message and "set ca_file" in done.message
        assert inbox.envelopes == []


def test_no_password_without_starttls(smtp: Any) -> None:
    inbox, mail = smtp("none")
    done = only({"mail": mail | {"security": "starttls", "user": "dbcare", "password": "S3CRET"}})
    assert "offers no STARTTLS" in done.message and inbox.envelopes == []


def test_busy_server_is_tried_again(smtp: Any) -> None:
    inbox, mail = smtp("none")
    inbox.answers = ["451 try later"]
    assert only({"mail": mail}).ok and len(inbox.envelopes) == 1
    inbox.answers = ["451 try later"] * 5
    done = only({"mail": mail})
    assert "failed after 2 tries: the server did not take the message (451)" in done.message


def test_refusal_is_not_tried_again(smtp: Any) -> None:
    inbox, mail = smtp("none")
    inbox.answers = ["554 spam", "554 spam"]
    assert "failed: the server did not take the message (554)" in only({"mail": mail}).message
    assert len(inbox.answers) == 1


def test_refused_recipients(smtp: Any) -> None:
    inbox, mail = smtp("none")
    inbox.refused = {"it@example.org"}
    assert "1 of 2 recipients were refused" in only({"mail": mail}).message
    assert inbox.envelopes[0].rcpt_tos == ["dba@example.org"]
    inbox.refused |= {"dba@example.org"}
    assert "no recipient was accepted (550)" in only({"mail": mail}).message


# --- webhooks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [False, True])
def test_robots_and_programs(hooks: Any, authority: dict[str, Any], tls: bool) -> None:
    started = {kind: hooks(tls) for kind in ("wecom", "dingtalk", "generic")}
    entries = [{"kind": kind, "url": hook.url, "secret": "S3CRET", "ca_file": authority["ca"] if tls else None}
               for kind, hook in started.items()]
    assert [done.ok for done in send({"webhooks": entries})] == [True] * 3
    path, headers, body = started["wecom"].requests[0]
    assert path == "/robot/send?key=T0KEN" and headers["Content-Type"].startswith("application/json")
    assert "不合格 HIS 阻塞会话链" in json.loads(body)["markdown"]["content"]
    path, _headers, body = started["dingtalk"].requests[0]
    assert path.startswith("/robot/send?key=T0KEN&timestamp=") and "&sign=" in path
    assert json.loads(body)["markdown"]["title"]
    _path, headers, body = started["generic"].requests[0]
    signed = hmac.new(b"S3CRET", headers["X-Dbcare-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Dbcare-Signature"] == f"sha256={signed}"
    assert json.loads(body)["schema"] == "medops.dbcare/notification/1"


def test_https_that_is_not_trusted(hooks: Any) -> None:
    hook = hooks(True)
    done = only({"webhooks": [{"kind": "wecom", "url": hook.url}]})
    assert "certificate is not trusted" in done.message and hook.requests == []


def test_server_errors_are_tried_again_and_bounded(hooks: Any) -> None:
    hook = hooks()
    hook.answers = [(503, "later"), (200, '{"errcode": 0}')]
    assert only({"webhooks": [{"kind": "wecom", "url": hook.url}]}).ok
    assert len(hook.requests) == 2
    hook.answers = [(500, "broken")]
    done = only({"webhooks": [{"kind": "generic", "url": hook.url}]})
    assert done.message == ("Notification by generic 127.0.0.1 failed after 2 tries: HTTP 500. "
                            "The report itself is not affected.")
    assert len(hook.requests) == 4


def test_wrong_address_is_not_tried_again(hooks: Any) -> None:
    hook = hooks()
    hook.answers = [(404, "nothing here")]
    assert "failed: HTTP 404" in only({"webhooks": [{"kind": "dingtalk", "url": hook.url}]}).message
    assert len(hook.requests) == 1


def test_redirects_are_not_followed(hooks: Any) -> None:
    hook, other = hooks(), hooks()
    hook.answers = [(302, other.url)]
    assert "failed: HTTP 302" in only({"webhooks": [{"kind": "generic", "url": hook.url}]}).message
    assert other.requests == []


def test_robot_that_says_no(hooks: Any) -> None:
    hook = hooks()
    hook.answers = [(200, '{"errcode": 310000, "errmsg": "sign not match"}')]
    assert "errcode 310000 sign not match" in only({"webhooks": [{"kind": "dingtalk", "url": hook.url}]}).message
    assert len(hook.requests) == 1
    hook.answers = [(200, '{"errcode": 45009, "errmsg": "freq out of limit"}'), (200, '{"errcode": 0}')]
    assert only({"webhooks": [{"kind": "wecom", "url": hook.url}]}).ok
    hook.answers = [(200, "<html>proxy login</html>")]
    assert "not that of a robot" in only({"webhooks": [{"kind": "wecom", "url": hook.url}]}).message


def test_server_that_never_answers_does_not_hold_up_the_others(hooks: Any) -> None:
    silent, good = hooks(), hooks()
    silent.answers = [(0, "")]
    began = time.monotonic()
    entries = [{"kind": "generic", "url": silent.url}, {"kind": "wecom", "url": good.url}]
    done = send({"timeout": 1, "webhooks": entries})
    assert [entry.ok for entry in done] == [False, True] and "no answer in time" in done[0].message
    assert time.monotonic() - began < 15


def test_server_that_drips_is_given_up() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _address = listener.accept()
        try:
            for _ in range(200):
                connection.sendall(b"2")
                time.sleep(0.1)
        except OSError:
            pass

    threading.Thread(target=drip, daemon=True).start()
    mail = {"host": "127.0.0.1", "port": listener.getsockname()[1], "security": "none", "from": "a@example.org",
            "to": ["b@example.org"]}
    began = time.monotonic()
    done = only({"timeout": 1, "attempts": 1, "mail": mail})
    assert "no end in time" in done.message and time.monotonic() - began < 15
    listener.close()


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = only({"webhooks": [{"kind": "generic", "url": f"http://127.0.0.1:{port}/T0KEN"}]})
    assert "failed after 2 tries: connection refused" in done.message


def test_name_that_does_not_exist() -> None:
    done = only({"webhooks": [{"kind": "generic", "url": "http://no-such-host.invalid/T0KEN"}]})
    assert "host name cannot be resolved" in done.message
