# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one login vocabulary, in words; module_utils/login.py has it as an argument spec."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the option login."""

    DOCUMENTATION = r"""
options:
  login:
    description: How to log in to the database.
    type: dict
    required: true
    suboptions:
      host:
        description:
          - Host name or address of the listener; the SCAN name for a RAC. Needed unless O(login.dsn) is given.
        type: str
      port:
        description: Port of the listener. Default 1521, with V(tcps) 2484.
        type: int
      service_name:
        description: The service of the database. Needed with O(login.host).
        type: str
      dsn:
        description: A whole connect string or connect descriptor, instead of O(login.host) and O(login.service_name).
        type: str
      user:
        description: The account. It needs no more than the grants that M(medops.dbcare.inspector_account) computes.
        type: str
        required: true
      password:
        description: Its password. Keep it in ansible-vault.
        type: str
        required: true
      protocol:
        description: V(tcps) speaks TLS.
        type: str
        choices: [tcp, tcps]
        default: tcp
      wallet_location:
        description: Folder with C(ewallet.pem) for TLS.
        type: path
      wallet_password:
        description: Password of C(ewallet.pem).
        type: str
      ssl_server_dn_match:
        description: Whether the name in the server's certificate is checked.
        type: bool
        default: true
      ssl_server_cert_dn:
        description: The distinguished name that the server's certificate must carry, if not the host name.
        type: str
      instances:
        description:
          - Instances of a RAC with the address of each, for probes that must be read on every node.
          - An instance declared here and not running is reported as missing.
          - Without an address it is reached through the service, with C(INSTANCE_NAME) in the connect descriptor.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of the instance.
            type: str
            required: true
          host:
            description: Host name or address of its local listener.
            type: str
          port:
            description: Port of its local listener.
            type: int
      oracle_client_lib_dir:
        description:
          - Folder of the Oracle Client libraries. When given, the thick mode of python-oracledb is used, which
            Oracle 11.2 and native network encryption need.
          - Thick mode is process-wide; such a target is read in a process of its own.
        type: path
      connect_timeout:
        description: Seconds until a login is given up, also when the host accepts and never answers.
        type: float
        default: 10.0
      statement_timeout:
        description: Seconds until a statement is cancelled. A shorter limit of a probe goes first.
        type: float
        default: 60.0
requirements:
  - python-oracledb 2.0 or later
"""
