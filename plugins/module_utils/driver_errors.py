# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an error of python-oracledb means: its code, its kind, and a message fit to show."""

from __future__ import annotations

import re
from typing import Any, Optional

from ansible_collections.medops.dbcare.plugins.module_utils.errors import TargetError

_KIND_OF_CODE = {
    "login": (
        "ORA-01005",
        "ORA-01017",
        "ORA-01045",
        "ORA-28000",
        "ORA-28001",
        "ORA-28002",
        "ORA-28003",
        "ORA-28009",
        "ORA-28030",
        "ORA-28040",
        "DPY-3010",
        "DPY-3015",
        "DPY-4001",
    ),
    "maintenance": (
        "ORA-01033",
        "ORA-01035",
        "ORA-01089",
        "ORA-01090",
        "ORA-01109",
        "ORA-01219",
        "ORA-12526",
        "ORA-12527",
        "ORA-12528",
    ),
    "down": ("ORA-01034", "ORA-12541", "ORA-12542", "ORA-12543", "ORA-12545", "ORA-27101"),
    "not_found": ("ORA-12154", "ORA-12505", "ORA-12514", "ORA-12521", "DPY-6001", "DPY-6003", "DPY-4000"),
    "network": (
        "DPY-4011",
        "ORA-00028",
        "ORA-01012",
        "ORA-02396",
        "ORA-02399",
        "ORA-03113",
        "ORA-03114",
        "ORA-03135",
        "ORA-12537",
        "ORA-12547",
        "ORA-12560",
        "ORA-12570",
        "ORA-12571",
        "ORA-25408",
    ),
    "hung": ("ORA-12170", "ORA-12535", "ORA-12606", "ORA-12609"),
    "privilege": ("ORA-00942", "ORA-01031", "ORA-01039", "ORA-06564", "ORA-41900"),
    "timeout": ("DPY-4024", "ORA-01013", "ORA-00040", "ORA-56735"),
}
_KINDS = {code: kind for kind, codes in _KIND_OF_CODE.items() for code in codes}
_CODE = re.compile(r"\b((?:ORA|DPY|DPI|TNS)-\d{4,5})\b")
_SIMILAR = re.compile(r"\(?Similar to (ORA-\d{5})\)?")
# The connection is of no further use after these.
BROKEN_KINDS = frozenset(("network", "hung", "maintenance", "down"))


def clean_message(text: str) -> str:
    """The driver's message on one line, without help addresses, connection ids and control characters."""
    lines = [line.strip() for line in str(text).splitlines() if line.strip() and not line.startswith("Help:")]
    joined = re.sub(r"\s*\(CONNECTION_ID=[^)]*\)", "", " ".join(lines))
    return re.sub(r"[\x00-\x1f\x7f]", " ", joined)[:500]


def code_of(text: str) -> str:
    """Oracle's own code where the driver names one ("Similar to ORA-12514"), else the first code; "" without any."""
    similar = _SIMILAR.search(text)
    found = _CODE.search(text)
    code = similar.group(1) if similar else found.group(1) if found else ""
    return code.replace("TNS-", "ORA-")


def _connect_kind(text: str) -> Optional[str]:
    lowered = text.lower()
    for word, kind in (
        ("timed out", "hung"),
        ("timeout", "hung"),
        ("refused", "down"),
        ("no route", "down"),
        ("unreachable", "down"),
        ("name or service", "not_found"),
        ("not known", "not_found"),
        ("name resolution", "not_found"),
        ("nodename", "not_found"),
        ("reset by peer", "network"),
    ):
        if word in lowered:
            return kind
    return None


def kind_of(code: str, text: str) -> str:
    """One of errors.KINDS."""
    if code == "DPY-4011" and "socket timed out" in text:
        # Not even the request to cancel was answered.
        return "hung"
    if code in _KINDS:
        return _KINDS[code]
    if code in ("DPY-6005", "DPY-6000", "ORA-12547"):
        return _connect_kind(text) or "network"
    return "other"


def translate(error: Any, target: str, probe: Optional[str] = None) -> TargetError:
    """The TargetError for an exception of the driver."""
    text = clean_message(error)
    code = code_of(text)
    return TargetError(kind_of(code, text), code, text, target, probe)
