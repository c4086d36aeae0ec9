#!/usr/bin/python
# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account that inspections log in with, and the least it needs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: inspector_account
short_description: Make the account of the inspector with the least it needs
version_added: 0.1.0
author: medops.dbcare contributors (@medops)
description:
  - Derives the grants of the inspector account from the probes of the catalogue, for the version and kind of the
    database.
  - Compares them with what the account has, and grants what is missing. Grants that the account has beyond that are
    reported, never taken away.
  - In a container database the account is a common user that sees the data of all containers (C(CONTAINER_DATA)).
options:
  state:
    description:
      - V(present) creates the account and grants what is missing.
      - V(absent) takes back what V(present) gave; with O(manage_user=true) it drops the account, unless it owns
        objects.
      - V(described) only returns the statements, for somebody else to run. No O(login) is needed.
    type: str
    choices: [present, absent, described]
    default: present
  login:
    description:
      - An administrator's login (options as in M(medops.dbcare.oracle_snapshot)); in a container database to the root.
    type: dict
  user:
    description: Name of the account; a common user (C##...) in a container database.
    type: str
    required: true
  password:
    description: Password of the account, needed to create it. The password of an account that exists is not changed.
    type: str
  manage_user:
    description: Whether the account itself is created and dropped; V(false) only grants and revokes.
    type: bool
    default: true
  version:
    description: Version of the database for O(state=described).
    type: str
    default: "19"
  cdb:
    description: Whether it is a container database, for O(state=described).
    type: bool
    default: false
  frequency:
    description: Only the probes of this frequency. All probes when left out.
    type: str
  probes:
    description: Whole probe definitions, where the module runs without its action plugin.
    type: list
    elements: dict
  catalogue:
    description: Folders of the site's own probes and checks.
    type: list
    elements: path
    default: []
  licences:
    description: Licences that the site holds; what probes of other licences read is not granted.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - medops.dbcare.attributes
  - medops.dbcare.attributes.writes
attributes:
  diff_mode:
    support: full
requirements:
  - python-oracledb 2.0 or later
"""

EXAMPLES = r"""
- name: Show what would be run
  medops.dbcare.inspector_account:
    state: described
    user: DBCARE
    version: "19"

- name: Make the account
  medops.dbcare.inspector_account:
    login: "{{ dbcare_admin_login }}"
    user: "{{ dbcare_login.user }}"
    password: "{{ dbcare_login.password }}"
"""

RETURN = r"""
statements:
  description: Statements that were run, or would be; the password of the account stands as C(:password).
  returned: success
  type: list
  elements: str
  sample: ['GRANT SELECT ON SYS."V_$SESSION" TO DBCARE']
superfluous:
  description: Grants that the account has and no probe needs.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.medops.dbcare.plugins.module_utils import grants
from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput, DbcareError
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.module_utils.session import Session

KIND = "select d.cdb, sys_context('USERENV', 'CON_NAME') con_name from v$database d"
ACCOUNT = "select u.username from dba_users u where u.username = :name"
OBJECTS = "select p.privilege, p.owner, p.table_name from dba_tab_privs p where p.grantee = :name"
SYSTEM = "select p.privilege from dba_sys_privs p where p.grantee = :name"
CONTAINER_DATA = """select count(*) found from dba_container_data c
 where c.username = :name and c.default_attr = 'Y' and c.all_containers = 'Y'"""


def argument_spec():
    """The argument spec of the module."""
    return {
        "state": {"type": "str", "choices": ["present", "absent", "described"], "default": "present"},
        "login": {"type": "dict"},
        "user": {"type": "str", "required": True},
        "password": {"type": "str", "no_log": True},
        "manage_user": {"type": "bool", "default": True},
        "version": {"type": "str", "default": "19"},
        "cdb": {"type": "bool", "default": False},
        "frequency": {"type": "str"},
        "probes": {"type": "list", "elements": "dict"},
        "catalogue": {"type": "list", "elements": "path", "default": []},
        "licences": {"type": "list", "elements": "str", "default": []},
    }


def is_cdb(session):
    """Whether the session is in the root of a container database. BadInput for one in a pluggable database."""
    row = session.query(KIND, probe="inspector_account").rows[0]
    if row[0] == "YES" and row[1] != "CDB$ROOT":
        raise BadInput("The administrator's login leads to the container %s; log in to CDB$ROOT instead." % row[1])
    return row[0] == "YES"


def read_account(session, user, cdb):
    """The account as it is."""
    name = {"name": user}
    if not session.query(ACCOUNT, name, probe="inspector_account").rows:
        return grants.Account(False, set(), False)
    have = {tuple(row) for row in session.query(OBJECTS, name, max_rows=100000, probe="inspector_account").rows}
    have |= {(row[0], "", "") for row in session.query(SYSTEM, name, max_rows=1000, probe="inspector_account").rows}
    shown = cdb and bool(session.query(CONTAINER_DATA, name, probe="inspector_account").rows[0][0])
    return grants.Account(True, have, shown)


def plan(have, want, user, params):
    """(statements, the account afterwards)."""
    if params["state"] == "absent":
        statements = grants.statements_to_undo(have, want, user, params["manage_user"])
        if params["manage_user"]:
            return statements, grants.Account(False, set(), False)
        return statements, grants.Account(have.exists, have.grants - want.grants, False)
    if not have.exists and not params["manage_user"]:
        raise BadInput("The account %s does not exist and manage_user is false; create it first." % user)
    statements = grants.statements_to_make(have, want, user, params["manage_user"])
    return statements, grants.Account(True, have.grants | want.grants, have.container_data or want.container_data)


def apply(session, statements, password):
    """Run the statements."""
    if any(":password" in statement for statement in statements) and not password:
        raise BadInput("The account does not exist yet and password is missing.")
    for statement in statements:
        session.execute(grants.with_password(statement, password or ""), step="inspector_account")


def run(session, params, probes, check_mode):
    """The result on an open administrator's session."""
    cdb = is_cdb(session)
    user = grants.check_user(params["user"], cdb)
    want = grants.Account(True, grants.needed_grants(probes, session.version, cdb, params["licences"]), cdb)
    have = read_account(session, user, cdb)
    statements, after = plan(have, want, user, params)
    if not check_mode:
        apply(session, statements, params["password"])
    lines = [grants.describe(account, user) for account in (have, after)]
    return {
        "changed": bool(statements),
        "statements": statements,
        "superfluous": grants.describe(grants.Account(True, have.grants - want.grants, False), user)[1:],
        "diff": {
            "before": "".join(line + "\n" for line in lines[0]),
            "after": "".join(line + "\n" for line in lines[1]),
        },
    }


def described(params, probes):
    """The statements alone."""
    user = grants.check_user(params["user"], params["cdb"])
    needed = grants.needed_grants(probes, params["version"], params["cdb"], params["licences"])
    nothing, want = grants.Account(False, set(), False), grants.Account(True, needed, params["cdb"])
    return {
        "changed": False,
        "superfluous": [],
        "statements": grants.statements_to_make(nothing, want, user, params["manage_user"]),
    }


def perform(params, probes, check_mode):
    """The result for validated parameters. Raises DbcareError or TargetError."""
    if params["state"] == "described":
        return described(params, probes)
    if not params["login"]:
        raise BadInput("login is missing: an administrator's login to the database.")
    with Session(normalise_login(params["login"]), params["login"].get("service_name") or "the database") as session:
        return run(session, params, probes, check_mode)


def main():
    """Perform, and exit."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        result = perform(module.params, module.params["probes"] or [], module.check_mode)
    except DbcareError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
