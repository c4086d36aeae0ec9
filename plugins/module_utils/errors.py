# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Errors as data: what failed, where, and with which code."""

from __future__ import annotations

import difflib
from typing import Any, Dict, Iterable, Optional

# login: user or password refused; maintenance: the database answers but is not open; down: nothing listens or the
# service is unknown; hung: it does not answer; network: the connection broke; privilege: a grant is missing.
KINDS = ("login", "maintenance", "down", "hung", "network", "privilege", "timeout", "not_found", "other")


class DbcareError(Exception):
    """A sentence for the reader: what is wrong, where, and what to do."""


class BadInput(DbcareError):
    """A parameter, setting or file of the site is wrong."""


class TargetError(DbcareError):
    """A target or one of its statements could not be read.

    ``kind`` is one of KINDS, ``code`` "ORA-01033" or "DPY-4011" (or "" where there is none). The message holds neither
    binds nor passwords.
    """

    def __init__(self, kind: str, code: str, message: str, target: str = "", probe: Optional[str] = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = message
        self.target = target
        self.probe = probe

    def as_dict(self) -> Dict[str, Any]:
        """{"code", "message", "kind"} with "probe" where one is known."""
        data: Dict[str, Any] = {"code": self.code, "message": self.message, "kind": self.kind}
        if self.probe:
            data["probe"] = self.probe
        return data


def nearest(word: str, choices: Iterable[str]) -> str:
    """' Did you mean "x"?' for the choice most like ``word``, or '' when none is near."""
    found = difflib.get_close_matches(str(word), list(choices), n=1, cutoff=0.6)
    return ' Did you mean "%s"?' % found[0] if found else ""
