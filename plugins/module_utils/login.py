# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one login vocabulary: argument spec, and what follows from it. The doc fragment ``login`` says it in words."""

from __future__ import annotations

from typing import Any, Dict, List

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput, nearest

DEFAULT_PORT = {"tcp": 1521, "tcps": 2484}

LOGIN_SPEC: Dict[str, Dict[str, Any]] = {
    "host": {"type": "str"},
    "port": {"type": "int"},
    "service_name": {"type": "str"},
    "dsn": {"type": "str"},
    "user": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "protocol": {"type": "str", "choices": ["tcp", "tcps"], "default": "tcp"},
    "wallet_location": {"type": "path"},
    "wallet_password": {"type": "str", "no_log": True},
    "ssl_server_dn_match": {"type": "bool", "default": True},
    "ssl_server_cert_dn": {"type": "str"},
    "instances": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "host": {"type": "str"},
            "port": {"type": "int"},
        },
    },
    "oracle_client_lib_dir": {"type": "path"},
    "connect_timeout": {"type": "float", "default": 10.0},
    "statement_timeout": {"type": "float", "default": 60.0},
}


def login_argument_spec() -> Dict[str, Dict[str, Any]]:
    """The argument ``login`` for a module."""
    return {
        "login": {
            "type": "dict",
            "required": True,
            "options": LOGIN_SPEC,
            "required_one_of": [("host", "dsn")],
            "required_by": {"host": ("service_name",)},
            "mutually_exclusive": [("host", "dsn"), ("service_name", "dsn")],
        }
    }


def _check_type(key: str, value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind in ("str", "path"):
        return str(value)
    try:
        if kind == "int":
            return int(value)
        if kind == "float":
            return float(value)
        if kind == "bool":
            return (
                value
                if isinstance(value, bool)
                else {"true": True, "yes": True, "false": False, "no": False}[str(value).lower()]
            )
    except (TypeError, ValueError, KeyError):
        word = {"int": "a whole number", "float": "a number of seconds", "bool": "true or false"}[kind]
        raise BadInput("login.%s must be %s." % (key, word)) from None
    return value


def _refuse_unknown(given: Dict[str, Any], spec: Dict[str, Any], where: str) -> None:
    for key in given:
        if key not in spec:
            raise BadInput('%s has the unknown key "%s".%s' % (where, key, nearest(key, spec)))


def _instances(given: Any) -> List[Dict[str, Any]]:
    options = LOGIN_SPEC["instances"]["options"]
    if not isinstance(given or [], list):
        raise BadInput("login.instances must be a list of {name, host, port}.")
    result = []
    for item in given or []:
        if not isinstance(item, dict) or not item.get("name"):
            raise BadInput("login.instances: each entry needs a name.")
        _refuse_unknown(item, options, "login.instances")
        result.append(
            {key: _check_type("instances." + key, item.get(key), spec["type"]) for key, spec in options.items()}
        )
    return result


def normalise_login(given: Any) -> Dict[str, Any]:
    """A full login with defaults; BadInput with one sentence (never with a value that may be secret)."""
    if not isinstance(given, dict):
        raise BadInput("login must be a dictionary with host, port, service_name, user and password.")
    _refuse_unknown(given, LOGIN_SPEC, "login (dbcare_login)")
    login = {}
    for key, spec in LOGIN_SPEC.items():
        value = given.get(key)
        login[key] = _check_type(key, spec.get("default") if value is None else value, spec["type"])
    login["instances"] = _instances(given.get("instances"))
    return _check_login(login)


def _check_login(login: Dict[str, Any]) -> Dict[str, Any]:
    if bool(login["dsn"]) == bool(login["host"]):
        raise BadInput("login needs either dsn, or host and service_name.")
    if login["dsn"] and "@" in login["dsn"]:
        raise BadInput("login.dsn must not hold user and password; give them as login.user and login.password.")
    if login["host"] and not login["service_name"]:
        raise BadInput("login.service_name is missing.")
    for key in ("user", "password"):
        if not login[key]:
            raise BadInput("login.%s is missing or empty." % key)
    if login["protocol"] not in DEFAULT_PORT:
        raise BadInput("login.protocol must be tcp or tcps.")
    for key in ("connect_timeout", "statement_timeout"):
        if not login[key] > 0:
            raise BadInput("login.%s must be more than 0 seconds." % key)
    if login["host"] and login["port"] is None:
        login["port"] = DEFAULT_PORT[login["protocol"]]
    if login["port"] is not None and not 0 < login["port"] < 65536:
        raise BadInput("login.port must lie between 1 and 65535.")
    return login


def address(login: Dict[str, Any]) -> str:
    """host:port/service, or the dsn, for messages."""
    return login["dsn"] or "%s:%s/%s" % (login["host"], login["port"], login["service_name"])
