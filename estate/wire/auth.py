# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Password authentication with the 12c verifier (type 0x4815).

The server sends half a session key, encrypted under a key that only the verifier and the password give; the client
sends the other half likewise. Both derive the session key from the two halves. The client then proves that it knows the
password by sending it, and the verifier's PBKDF2 key, encrypted under the session key. Nothing here logs a secret.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from estate.api import Verifier
from estate.wire import constants as c
from estate.wire.buffer import MalformedError, Reader, text, ub

VERIFIER_12C = 0x4815
GENERATION_COUNT = 4096
DERIVATION_COUNT = 3
SPEEDY = b"AUTH_PBKDF2_SPEEDY_KEY"
MAX_PAIRS = 200

MODE_CHANGE_PASSWORD = 0x02
_MODES = {0x20: "SYSDBA", 0x40: "SYSOPER", 0x400000: "SYSASM", 0x1000000: "SYSBACKUP", 0x2000000: "SYSDG",
          0x4000000: "SYSKM", 0x8000000: "SYSRAC"}


def make_verifier(username: str, password: str, salt: bytes | None = None) -> Verifier:
    """Compute the verifier of a password: what a Backend keeps. ``salt`` has 16 bytes, random by default."""
    salt = salt or secrets.token_bytes(16)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt + SPEEDY, GENERATION_COUNT, 64)
    return Verifier(username, salt, key)


def _decrypt(key: bytes, data: bytes) -> bytes:
    if not data or len(data) % 16:
        raise MalformedError("encrypted field that is not whole AES blocks")
    engine = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor()
    return engine.update(data) + engine.finalize()


def _encrypt(key: bytes, data: bytes) -> bytes:
    engine = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return engine.update(data) + engine.finalize()


def _hex(pairs: dict[str, str], name: str) -> bytes:
    try:
        return bytes.fromhex(pairs.get(name, ""))
    except ValueError:
        raise MalformedError(f"{name} is not hexadecimal") from None


def _password(key: bytes, data: bytes) -> str:
    """Decrypt a password: 16 random bytes, the text, PKCS#7 padding."""
    clear = _decrypt(key, data)[16:]
    if clear and 1 <= clear[-1] <= 16:
        clear = clear[:-clear[-1]]
    return clear.decode("utf-8", "replace")


@dataclass(slots=True)
class AuthMessage:
    """Either phase of authentication as the client sent it."""

    function: int
    user: str
    mode: int
    pairs: dict[str, str] = field(default_factory=dict, repr=False)
    contexts: dict[str, str] = field(default_factory=dict)

    @property
    def role(self) -> str:
        """SYSDBA, SYSOPER ... as asked for; "" for an ordinary login."""
        return next((name for bit, name in _MODES.items() if self.mode & bit), "")

    @property
    def changes_password(self) -> bool:
        """Whether a new password comes with the login."""
        return "AUTH_NEWPASSWORD" in self.pairs


def read_auth(reader: Reader, function: int) -> AuthMessage:
    """Parse an authentication message after its function header."""
    has_user = reader.u8()
    reader.ub()
    mode = reader.ub()
    reader.u8()
    count = reader.ub()
    reader.raw(2)
    if not 0 <= count <= MAX_PAIRS:
        raise MalformedError(f"{count} authentication fields")
    user = (reader.chunk() or b"").decode("utf-8", "replace") if has_user else ""
    message, entry = AuthMessage(function, user, mode), ["", ""]
    for _ in range(count):
        name, value = reader.text().rstrip("\x00"), reader.text()
        reader.ub()
        if name in ("AUTH_APPCTX_NSPACE", "AUTH_APPCTX_ATTR"):
            entry[name == "AUTH_APPCTX_ATTR"] = value.rstrip("\x00").upper()
        elif name == "AUTH_APPCTX_VALUE":
            message.contexts[".".join(entry)] = value.rstrip("\x00")
        else:
            message.pairs[name] = value
    return message


class Exchange:
    """One run of the exchange. A user without verifier gets random keys, so that it fails in the same time and form."""

    def __init__(self, verifier: Verifier | None) -> None:
        self.known = verifier is not None
        self._verifier = verifier or Verifier("", secrets.token_bytes(16), secrets.token_bytes(64))
        self._half = secrets.token_bytes(32)
        self._salt = secrets.token_bytes(16)
        self._key = hashlib.sha512(self._verifier.pbkdf2_key + self._verifier.salt).digest()[:32]
        self._session_key = b""

    def challenge(self) -> bytes:
        """The answer to phase one."""
        return parameters({
            "AUTH_SESSKEY": _encrypt(self._key, self._half).hex().upper(),
            "AUTH_VFR_DATA": self._verifier.salt.hex().upper(),
            "AUTH_PBKDF2_CSK_SALT": self._salt.hex().upper(),
            "AUTH_PBKDF2_VGEN_COUNT": str(GENERATION_COUNT),
            "AUTH_PBKDF2_SDER_COUNT": str(DERIVATION_COUNT),
        }, {"AUTH_VFR_DATA": VERIFIER_12C})

    def prove(self, pairs: dict[str, str]) -> bool:
        """Check phase two. Raises MalformedError for fields that are not even ciphertext."""
        other = _decrypt(self._key, _hex(pairs, "AUTH_SESSKEY"))[:32]
        mixed = (other + self._half).hex().upper().encode()
        self._session_key = hashlib.pbkdf2_hmac("sha512", mixed, self._salt, DERIVATION_COUNT, 32)
        if pairs.get("AUTH_PBKDF2_SPEEDY_KEY"):
            claimed = _decrypt(self._session_key, _hex(pairs, "AUTH_PBKDF2_SPEEDY_KEY"))[16:80]
            return self.known and hmac.compare_digest(claimed, self._verifier.pbkdf2_key)
        return self.is_password(_password(self._session_key, _hex(pairs, "AUTH_PASSWORD")))

    def is_password(self, password: str) -> bool:
        """Whether a clear password fits the verifier (4096 rounds: some milliseconds)."""
        fresh = make_verifier("", password, self._verifier.salt)
        return self.known and hmac.compare_digest(fresh.pbkdf2_key, self._verifier.pbkdf2_key)

    def old_password(self, pairs: dict[str, str]) -> str:
        """The password that the client proved, decrypted with the session key. MalformedError where it is garbled."""
        return _password(self._session_key, _hex(pairs, "AUTH_PASSWORD"))

    def new_password(self, pairs: dict[str, str]) -> str | None:
        """The new password of the message; None where it brings none. MalformedError where it is garbled."""
        if "AUTH_NEWPASSWORD" not in pairs:
            return None
        return _password(self._session_key, _hex(pairs, "AUTH_NEWPASSWORD"))

    def server_proof(self) -> str:
        """AUTH_SVR_RESPONSE: shows the client that the server derived the same key."""
        clear = secrets.token_bytes(16) + b"SERVER_TO_CLIENT" + bytes([16]) * 16
        return _encrypt(self._session_key, clear).hex().upper()


def parameters(values: dict[str, str], flags: dict[str, int] | None = None) -> bytes:
    """A parameter message of key/value pairs."""
    parts = [bytes((c.MSG_PARAMETER,)), ub(len(values))]
    for name, value in values.items():
        parts += [text(name), text(value), ub((flags or {}).get(name, 0))]
    return b"".join(parts)


def version_number(version: str, field_version: int) -> int:
    """Pack "19.22.0.0.0" as AUTH_VERSION_NO; the layout changed with 18c."""
    numbers = [int(part) for part in version.split(".") if part.isdigit()][:5]
    major, minor, update, patch, port = numbers + [0] * (5 - len(numbers))
    if field_version >= c.FV_18_1_EXT1:
        return major << 24 | (minor & 0xFF) << 16 | (update & 15) << 12 | (patch & 0xFF) << 4 | port & 15
    return major << 24 | (minor & 15) << 20 | (update & 15) << 12 | (patch & 15) << 8 | port & 15


_CLIENT_FIELDS = {"AUTH_PROGRAM_NM": "program", "AUTH_MACHINE": "machine", "AUTH_SID": "osuser",
                  "AUTH_TERMINAL": "terminal", "AUTH_PID": "pid", "SESSION_CLIENT_DRIVER_NAME": "driver_name",
                  "AUTH_ORA_EDITION": "edition", "SESSION_CLIENT_VERSION": "driver_version",
                  "PROXY_CLIENT_NAME": "proxy_client", "AUTH_ALTER_SESSION": "alter_session"}


def client_facts(first: dict[str, str], second: AuthMessage) -> dict[str, str]:
    """Who the client says it is, by the names of Backend.open_session; NAMESPACE.ATTRIBUTE for application contexts."""
    pairs = {**first, **second.pairs}
    facts = {ours: pairs[theirs].rstrip("\x00") for theirs, ours in _CLIENT_FIELDS.items() if theirs in pairs}
    facts["mode"] = second.role
    return {**facts, **second.contexts}


def session_facts(facts: dict[str, str], sid: int, serial: int, field_version: int) -> dict[str, str]:
    """What phase two tells the client about the database and its session."""
    version = facts.get("full_version") or facts.get("version") or "19.0.0.0.0"
    return {
        "AUTH_VERSION_STRING": "- Production", "AUTH_VERSION_SQL": "26",
        "AUTH_VERSION_NO": str(version_number(version, field_version)), "AUTH_XACTION_TRAITS": "3",
        "AUTH_VERSION_STATUS": "0", "AUTH_CAPABILITY_TABLE": "", "AUTH_DBNAME": facts.get("service_name", ""),
        "AUTH_SESSION_ID": str(sid), "AUTH_SERIAL_NUM": str(serial),
        "AUTH_INSTANCENAME": facts.get("instance_name", ""), "AUTH_INSTANCE_NO": facts.get("instance_number", "1"),
        "AUTH_SC_DBUNIQUE_NAME": facts.get("pdb_name") or facts.get("db_name", ""),
        "AUTH_SC_REAL_DBUNIQUE_NAME": facts.get("db_unique_name") or facts.get("db_name", ""),
        "AUTH_SC_DB_DOMAIN": facts.get("db_domain", ""), "AUTH_SC_SERVICE_NAME": facts.get("service_name", ""),
        "AUTH_SC_INSTANCE_NAME": facts.get("instance_name", ""), "AUTH_SC_SERVER_HOST": facts.get("host_name", ""),
        "AUTH_MAX_OPEN_CURSORS": facts.get("open_cursors", "300"), "AUTH_MAX_IDEN_LENGTH": "128",
        "AUTH_SC_INSTANCE_START_TIME": "", "AUTH_DB_MOUNT_ID": "0", "AUTH_SESSION_TZ": "",
    }
