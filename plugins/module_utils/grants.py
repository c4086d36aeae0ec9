# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The least that an inspector account needs, derived from the probes and the facts."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, List, NamedTuple, Set, Tuple

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.module_utils.facts import FACT_PROBES
from ansible_collections.medops.dbcare.plugins.module_utils.versions import matches

Grant = Tuple[str, str, str]  # privilege, owner, object; owner and object are "" for a system privilege

_OTHER_OWNERS = {"UNIFIED_AUDIT_TRAIL": "AUDSYS", "CDB_UNIFIED_AUDIT_TRAIL": "AUDSYS"}
_OPEN_TO_ALL = re.compile(r"^(ALL_|USER_|SESSION_|DUAL$)")
_USER = re.compile(r"^(C##)?[A-Z][A-Z0-9_$#]{0,120}$")


class Account(NamedTuple):
    """What there is, or is to be: ``container_data`` whether CDB_ views show all containers."""

    exists: bool
    grants: Set[Grant]
    container_data: bool


def check_user(user: str, cdb: bool) -> str:
    """The name in capitals. BadInput for one that needs quotes or is of the wrong kind for the database."""
    name = user.upper()
    if not _USER.match(name):
        raise BadInput('user "%s" is no plain Oracle user name.' % user)
    if cdb and not name.startswith("C##"):
        raise BadInput(
            'In a container database the account must be a common user: write "C##%s" instead of "%s".' % (name, user)
        )
    if not cdb and name.startswith("C##"):
        raise BadInput('"%s" names a common user, and this is no container database.' % user)
    return name


def granted_object(relation: str) -> Grant:
    """('SELECT', 'SYS', 'V_$SESSION') for V$SESSION."""
    if relation.startswith("DBMS_"):
        return ("EXECUTE", "SYS", relation)
    name = re.sub(r"^(G?V)\$", r"\1_$", relation)
    return ("SELECT", _OTHER_OWNERS.get(relation, "SYS"), name)


def _variants(probe: Dict[str, Any], version: str, cdb: bool) -> Iterable[Dict[str, Any]]:
    container = "cdb" if cdb else "noncdb"
    for variant in probe.get("variants", []):
        if variant["container"] in ("any", container) and matches(version, variant["versions"]):
            yield variant
            return


def needed_grants(
    probes: Iterable[Dict[str, Any]], version: str, cdb: bool, licences: Iterable[str] = ()
) -> Set[Grant]:
    """CREATE SESSION and SELECT on what the statements for this version and kind of database read."""
    grants: Set[Grant] = {("CREATE SESSION", "", "")}
    held = set(licences) | {"none"}
    for probe in [*probes, *FACT_PROBES]:
        if probe.get("licence", "none") not in held:
            continue
        for variant in _variants(probe, version, cdb):
            reads = variant.get("reads") or probe.get("reads", [])
            grants |= {granted_object(name) for name in reads if not _OPEN_TO_ALL.match(name)}
    return grants


def _on(grant: Grant) -> str:
    return '%s ON %s."%s"' % grant if grant[2] else grant[0]


def describe(account: Account, user: str) -> List[str]:
    """The account in words, sorted, for a diff."""
    if not account.exists:
        return []
    lines = ["USER %s" % user, *sorted(_on(grant) for grant in account.grants)]
    return [*lines, "CONTAINER_DATA ALL"] if account.container_data else lines


def statements_to_make(have: Account, want: Account, user: str, manage_user: bool) -> List[str]:
    """Statements from ``have`` to ``want``, in order. A password stands in as :password; fill it in when run."""
    result = []
    if not have.exists and manage_user:
        result.append("CREATE USER %s IDENTIFIED BY :password" % user)
    for grant in sorted(want.grants - have.grants):
        result.append("GRANT %s TO %s" % (_on(grant), user))
    if want.container_data and not have.container_data:
        result.append("ALTER USER %s SET CONTAINER_DATA = ALL CONTAINER = CURRENT" % user)
    return result


def statements_to_undo(have: Account, want: Account, user: str, manage_user: bool) -> List[str]:
    """Statements that take back what ``statements_to_make`` gave, and nothing else."""
    if not have.exists:
        return []
    if manage_user:
        return ["DROP USER %s" % user]
    result = ["REVOKE %s FROM %s" % (_on(grant), user) for grant in sorted(want.grants & have.grants)]
    if want.container_data and have.container_data:
        result.append("ALTER USER %s SET CONTAINER_DATA = DEFAULT CONTAINER = CURRENT" % user)
    return result


def with_password(statement: str, password: str) -> str:
    """A statement that can be run. The password is never shown anywhere else."""
    if '"' in password:
        raise BadInput("The account's password must not hold a double quote.")
    return statement.replace(":password", '"%s"' % password)
