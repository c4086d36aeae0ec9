# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One message over one channel, once: SMTP, and webhooks over HTTP. A failure says whether trying again may help."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
import socket
import ssl
import time
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit

from ansible.module_utils.urls import open_url

from ansible_collections.medops.dbcare.plugins.plugin_utils.notify import message as told
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.clean import one_line

_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
# WeCom: too often, busy. DingTalk: busy, too fast.
_BUSY = frozenset({-1, 45009, 45033, 130101, 410100})
_ANSWER_BYTES = 65536


class DeliveryError(Exception):
    """A message was not taken; the text says why and holds no address, token or password."""


class TransientError(DeliveryError):
    """The same, and it may be taken later."""


def send_mail(mail: dict[str, Any], message: told.Message, timeout: float) -> None:
    """Send ``message`` by SMTP as dbcare_notify.mail (parsed) says."""
    try:
        with _smtp(mail, timeout) as client:
            if mail["user"]:
                client.login(mail["user"], mail["password"])
            refused = client.send_message(as_email(mail, message))
    except smtplib.SMTPAuthenticationError as error:
        raise DeliveryError(f"the server refused the login ({error.smtp_code})") from error
    except smtplib.SMTPNotSupportedError as error:
        raise DeliveryError("the server offers no STARTTLS or no login; see security in dbcare_notify.mail") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise _by_code(min(code for code, _text in error.recipients.values()), "no recipient was accepted") from error
    except smtplib.SMTPResponseException as error:
        raise _by_code(error.smtp_code, "the server did not take the message") from error
    except smtplib.SMTPException as error:
        raise TransientError("the server broke off") from error
    except (OSError, ValueError) as error:
        raise network_error(error) from error
    if refused:
        raise DeliveryError(f"{len(refused)} of {len(mail['to'])} recipients were refused; the others have it")


def _smtp(mail: dict[str, Any], timeout: float) -> smtplib.SMTP:
    name = socket.gethostname()
    if mail["security"] == "tls":
        return smtplib.SMTP_SSL(mail["host"], mail["port"], name, timeout=timeout, context=_trust(mail["ca_file"]))
    client = smtplib.SMTP(mail["host"], mail["port"], name, timeout=timeout)
    if mail["security"] == "starttls":
        try:
            client.starttls(context=_trust(mail["ca_file"]))
        except BaseException:
            client.close()
            raise
    return client


def _trust(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise DeliveryError(f"the certificates in {ca_file} cannot be read") from error


def _by_code(code: int, words: str) -> DeliveryError:
    return (TransientError if 400 <= code < 500 else DeliveryError)(f"{words} ({code})")


def as_email(mail: dict[str, Any], message: told.Message) -> EmailMessage:
    """The message as plain text in UTF-8; no header can be smuggled in."""
    email = EmailMessage()
    email["Subject"] = one_line(f"{mail['subject_prefix']} {message.subject}").strip()
    email["From"], email["To"] = mail["from"], ", ".join(mail["to"])
    email["Date"] = formatdate(localtime=True)
    email["Message-ID"] = make_msgid(domain=mail["from"].rsplit("@", 1)[1].strip("> "))
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(message.text)
    return email


def send_webhook(webhook: dict[str, Any], message: told.Message, timeout: float) -> None:
    """POST ``message`` to one entry of dbcare_notify.webhooks (parsed)."""
    url, body, headers = request(webhook, message, time.time())
    answer = _post(url, body, headers, webhook["ca_file"], timeout)
    if webhook["kind"] != "generic":
        _check_answer(answer)


def request(webhook: dict[str, Any], message: told.Message, now: float) -> tuple[str, bytes, dict[str, str]]:
    """(url, body, headers) of a webhook's request at ``now`` (seconds of the epoch), signed where there is a secret."""
    kind, url, secret = webhook["kind"], webhook["url"], webhook["secret"]
    content = {"wecom": told.wecom, "dingtalk": told.dingtalk}.get(kind, lambda m: m.payload)(message)
    body = json.dumps(content, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if secret and kind == "dingtalk":
        url += ("&" if urlsplit(url).query else "?") + dingtalk_signature(secret, round(now * 1000))
    elif secret and kind == "generic":
        stamp = str(int(now))
        digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers |= {"X-Dbcare-Timestamp": stamp, "X-Dbcare-Signature": f"sha256={digest}"}
    return url, body, headers


def dingtalk_signature(secret: str, timestamp: int) -> str:
    """The query that a signed DingTalk robot asks for; ``timestamp`` in milliseconds."""
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return f"timestamp={timestamp}&sign={quote(base64.b64encode(digest), safe='')}"


def _post(url: str, body: bytes, headers: dict[str, str], ca_file: str | None, timeout: float) -> bytes:
    try:
        with open_url(url, data=body, headers=headers, method="POST", timeout=timeout, ca_path=ca_file,
                      follow_redirects="none", use_netrc=False, http_agent="medops.dbcare") as response:
            return bytes(response.read(_ANSWER_BYTES))
    except HTTPError as error:
        error.close()
        raise (TransientError if error.code in _TRY_AGAIN else DeliveryError)(f"HTTP {error.code}") from None
    except URLError as error:
        raise network_error(error.reason) from None
    except Exception as error:  # http.client and Ansible's own have no common base; none may carry the URL on
        raise network_error(error) from None


def _check_answer(answer: bytes) -> None:
    """Both chats answer 200 with errcode 0 for a message they took."""
    try:
        data = json.loads(answer)
        code = int(data["errcode"])
    except (ValueError, KeyError, TypeError) as error:
        raise DeliveryError("the answer is not that of a robot; check the url") from error
    if code:
        words = one_line(data.get("errmsg", ""))[:80]
        raise (TransientError if code in _BUSY else DeliveryError)(f"errcode {code} {words}".strip())


def network_error(reason: Any) -> DeliveryError:
    """A DeliveryError for what the network raised, in words that hold nothing of the request."""
    if isinstance(reason, DeliveryError):
        return reason
    if isinstance(reason, ssl.SSLCertVerificationError):
        return DeliveryError(f"its certificate is not trusted ({reason.verify_message}); set ca_file")
    if isinstance(reason, ssl.SSLError):
        return DeliveryError(f"no TLS connection ({reason.reason or 'handshake failed'})")
    if isinstance(reason, socket.gaierror):
        return DeliveryError("its host name cannot be resolved")
    if isinstance(reason, TimeoutError):
        return TransientError("no answer in time")
    if isinstance(reason, ConnectionRefusedError):
        return TransientError("connection refused")
    if isinstance(reason, OSError):
        return TransientError(f"the connection broke ({(reason.strerror or type(reason).__name__).lower()})")
    return DeliveryError(f"the request failed ({type(reason).__name__})")
