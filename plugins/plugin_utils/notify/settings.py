# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The site setting dbcare_notify: its keys, and what is wrong with one that is wrong."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput, nearest
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.i18n import language_code

MAIL_OPTIONS: dict[str, Any] = {
    "host": {"type": "str", "required": True},
    "port": {"type": "int"},
    "security": {"type": "str", "choices": ["starttls", "tls", "none"], "default": "starttls"},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "from": {"type": "str", "required": True},
    "to": {"type": "list", "elements": "str", "required": True},
    "subject_prefix": {"type": "str", "default": ""},
    "ca_file": {"type": "path"},
}
WEBHOOK_OPTIONS: dict[str, Any] = {
    "kind": {"type": "str", "choices": ["wecom", "dingtalk", "generic"], "required": True},
    "url": {"type": "str", "required": True, "no_log": True},
    "secret": {"type": "str", "no_log": True},
    "ca_file": {"type": "path"},
}
OPTIONS: dict[str, Any] = {
    "when": {"type": "str", "choices": ["always", "on_change", "on_failure"], "default": "always"},
    "language": {"type": "str", "default": "zh"},
    "report_url": {"type": "str"},
    "timeout": {"type": "int", "default": 10},
    "attempts": {"type": "int", "default": 3},
    "mail": {"type": "dict", "options": MAIL_OPTIONS, "required_together": [["user", "password"]]},
    "webhooks": {"type": "list", "elements": "dict", "default": [], "options": WEBHOOK_OPTIONS},
}
PORTS = {"starttls": 587, "tls": 465, "none": 25}


def parse(settings: Any) -> dict[str, Any]:
    """``settings`` with defaults filled in. BadInput names the key that is wrong; no value of a secret is in it."""
    if not isinstance(settings, dict):
        raise BadInput("dbcare_notify must be a dictionary with mail, webhooks and when.")
    webhooks = settings.get("webhooks") or []
    if not isinstance(webhooks, list) or not all(isinstance(entry, dict) for entry in webhooks):
        raise BadInput("dbcare_notify.webhooks must be a list of dictionaries with kind and url.")
    checked = ArgumentSpecValidator(OPTIONS).validate(settings)
    if checked.error_messages:
        raise BadInput(_sentence(checked, settings))
    valid: dict[str, Any] = checked.validated_parameters
    valid["language"] = language_code(valid["language"])
    _check_numbers(valid)
    for number, webhook in enumerate(valid["webhooks"], 1):
        _check_url(webhook["url"], f"dbcare_notify.webhooks, entry {number}")
    if valid["mail"]:
        _check_mail(valid["mail"])
    return valid


def _sentence(checked: Any, settings: dict[str, Any]) -> str:
    unknown = _unknown_key(settings) if any(isinstance(e, UnsupportedError) for e in checked.errors) else ""
    return unknown or f"dbcare_notify: {checked.error_messages[0]}."


def _unknown_key(settings: dict[str, Any]) -> str:
    """A sentence for the first key that does not exist."""
    groups = [("", settings, OPTIONS), (".mail", settings.get("mail"), MAIL_OPTIONS)]
    groups += [(f".webhooks[{n}]", entry, WEBHOOK_OPTIONS)
               for n, entry in enumerate(settings.get("webhooks") or [])]
    for path, given, known in groups:
        for key in sorted(str(key) for key in (given if isinstance(given, dict) else {}) if key not in known):
            return (f'dbcare_notify{path}: unknown key "{key}".{nearest(key, known)} '
                    f"Known are {', '.join(known)}.")
    return ""


def _check_numbers(valid: dict[str, Any]) -> None:
    for key, most in (("timeout", 120), ("attempts", 10)):
        if not 1 <= valid[key] <= most:
            raise BadInput(f"dbcare_notify.{key} is {valid[key]}; it must be from 1 to {most}.")


def _check_url(url: str, where: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadInput(f"{where}: url must be an http:// or https:// address with a host name.")


def _check_mail(mail: dict[str, Any]) -> None:
    if mail["password"] and mail["security"] == "none":
        raise BadInput("dbcare_notify.mail would send its password in clear; set security to starttls or tls.")
    if not mail["to"]:
        raise BadInput("dbcare_notify.mail.to names nobody; give at least one address.")
    for address in [mail["from"], *mail["to"]]:
        if "@" not in address or any(char in address for char in "\r\n"):
            raise BadInput(f"dbcare_notify.mail: {address!r} is no mail address.")
    mail["port"] = mail["port"] or PORTS[mail["security"]]
