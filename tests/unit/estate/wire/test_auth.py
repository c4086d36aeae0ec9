# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The password exchange, with a client's side written out here."""

from __future__ import annotations

import hashlib
import secrets

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from estate.wire import auth
from estate.wire.buffer import MalformedError, Reader, text, ub


def aes(key: bytes, data: bytes, *, encrypt: bool) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(16)))
    engine = cipher.encryptor() if encrypt else cipher.decryptor()
    return engine.update(data) + engine.finalize()


def pad(data: bytes) -> bytes:
    size = 16 - len(data) % 16
    return data + bytes([size]) * size


def read_pairs(message: bytes) -> dict[str, str]:
    reader = Reader(message, 1)
    pairs = {}
    for _ in range(reader.ub()):
        name = reader.text()
        pairs[name] = reader.text()
        reader.ub()
    return pairs


def client_answer(challenge: bytes, password: str, *, new: str | None = None, speedy: bool = True) -> dict[str, str]:
    given = read_pairs(challenge)
    salt = bytes.fromhex(given["AUTH_VFR_DATA"])
    key64 = hashlib.pbkdf2_hmac("sha512", password.encode(), salt + b"AUTH_PBKDF2_SPEEDY_KEY",
                                int(given["AUTH_PBKDF2_VGEN_COUNT"]), 64)
    key = hashlib.sha512(key64 + salt).digest()[:32]
    theirs = aes(key, bytes.fromhex(given["AUTH_SESSKEY"]), encrypt=False)
    ours = secrets.token_bytes(32)
    session = hashlib.pbkdf2_hmac("sha512", (ours + theirs).hex().upper().encode(),
                                  bytes.fromhex(given["AUTH_PBKDF2_CSK_SALT"]),
                                  int(given["AUTH_PBKDF2_SDER_COUNT"]), 32)
    answer = {"AUTH_SESSKEY": aes(key, ours, encrypt=True).hex().upper(),
              "AUTH_PASSWORD": aes(session, pad(bytes(16) + password.encode()), encrypt=True).hex().upper()}
    if speedy:
        answer["AUTH_PBKDF2_SPEEDY_KEY"] = aes(session, bytes(16) + key64, encrypt=True).hex().upper()
    if new is not None:
        answer["AUTH_NEWPASSWORD"] = aes(session, pad(bytes(16) + new.encode()), encrypt=True).hex().upper()
    return answer


@pytest.mark.parametrize("speedy", [True, False])
@pytest.mark.parametrize("password", ["tiger", "密码-with-ünicode", "x" * 128])
def test_the_right_password_is_proved(password: str, *, speedy: bool) -> None:
    exchange = auth.Exchange(auth.make_verifier("SCOTT", password))
    answer = client_answer(exchange.challenge(), password, new="new-1", speedy=speedy)
    assert exchange.prove(answer)
    assert exchange.old_password(answer) == password
    assert exchange.new_password(answer) == "new-1"


def test_the_server_proves_that_it_has_the_session_key() -> None:
    exchange = auth.Exchange(auth.make_verifier("SCOTT", "tiger"))
    assert exchange.prove(client_answer(exchange.challenge(), "tiger"))
    proof = bytes.fromhex(exchange.server_proof())
    clear = aes(exchange._session_key, proof, encrypt=False)
    assert (len(proof), clear[16:]) == (48, b"SERVER_TO_CLIENT" + b"\x10" * 16)
    assert exchange.new_password({}) is None


@pytest.mark.parametrize("speedy", [True, False])
def test_a_wrong_password_is_not(*, speedy: bool) -> None:
    exchange = auth.Exchange(auth.make_verifier("SCOTT", "tiger"))
    assert not exchange.prove(client_answer(exchange.challenge(), "Tiger", speedy=speedy))


def test_an_unknown_user_looks_the_same_and_fails() -> None:
    exchange = auth.Exchange(None)
    known = read_pairs(auth.Exchange(auth.make_verifier("SCOTT", "tiger")).challenge())
    unknown = read_pairs(exchange.challenge())
    assert {name: len(value) for name, value in known.items()} == {name: len(value) for name, value in unknown.items()}
    assert not exchange.prove(client_answer(exchange.challenge(), "tiger"))


@pytest.mark.parametrize("field", ["AUTH_SESSKEY", "AUTH_PBKDF2_SPEEDY_KEY"])
@pytest.mark.parametrize("value", ["", "xyz", "00" * 15])
def test_fields_that_are_no_ciphertext_are_malformed(field: str, value: str) -> None:
    exchange = auth.Exchange(auth.make_verifier("SCOTT", "tiger"))
    answer = client_answer(exchange.challenge(), "tiger") | {field: value}
    if field == "AUTH_PBKDF2_SPEEDY_KEY" and not value:
        assert exchange.prove(answer)
    else:
        with pytest.raises(MalformedError):
            exchange.prove(answer)


def message(count: int, *, user: str = "scott", mode: int = 0) -> Reader:
    head = bytes([bool(user)]) + ub(len(user)) + ub(mode) + b"\x01" + ub(count) + b"\x01\x01"
    name = bytes([len(user)]) + user.encode() if user else b""
    pairs = b"".join(text(f"KEY{number}\x00") + text(f"value {number}") + ub(0) for number in range(count))
    return Reader(head + name + pairs)


@pytest.mark.parametrize("count", [0, 1, 2, 200])
def test_an_authentication_message_is_read(count: int) -> None:
    reader = message(count, mode=0x21)
    got = auth.read_auth(reader, 118)
    assert (got.function, got.user, got.mode, reader.left) == (118, "scott", 0x21, 0)
    assert got.pairs == {f"KEY{number}": f"value {number}" for number in range(count)}


def test_a_message_without_user_and_one_with_too_many_fields() -> None:
    assert auth.read_auth(message(1, user=""), 118).user == ""
    with pytest.raises(MalformedError, match="201 authentication fields"):
        auth.read_auth(message(201), 118)


@pytest.mark.parametrize(("mode", "role"), [
    (0x101, ""), (0x121, "SYSDBA"), (0x141, "SYSOPER"), (0x400101, "SYSASM"), (0x1000101, "SYSBACKUP"),
    (0x2000101, "SYSDG"), (0x4000101, "SYSKM"), (0x8000101, "SYSRAC"),
])
def test_modes_are_roles(mode: int, role: str) -> None:
    assert auth.AuthMessage(115, "SYS", mode).role == role


def test_what_the_client_says_of_itself_and_is_told() -> None:
    first = {"AUTH_PROGRAM_NM": "sqlplus\x00", "AUTH_MACHINE": "pc", "AUTH_SID": "li"}
    second = auth.AuthMessage(115, "SYS", 0x20, {"AUTH_MACHINE": "pc-2", "AUTH_NEWPASSWORD": "00"})
    said = auth.client_facts(first, second)
    assert said == {"program": "sqlplus", "machine": "pc-2", "osuser": "li", "mode": "SYSDBA"}
    assert second.changes_password
    assert not auth.AuthMessage(115, "SYS", 0, {}).changes_password
    told = auth.session_facts({"version": "19.0.0.0.0", "service_name": "LIS", "db_name": "LISDB"}, 42, 7, 13)
    assert (told["AUTH_SESSION_ID"], told["AUTH_SERIAL_NUM"], told["AUTH_VERSION_NO"]) == ("42", "7", "318767104")
    assert (told["AUTH_SC_SERVICE_NAME"], told["AUTH_SC_DBUNIQUE_NAME"]) == ("LIS", "LISDB")
    assert told["AUTH_INSTANCE_NO"] == "1"


def test_secrets_do_not_show_in_representations() -> None:
    message = auth.AuthMessage(115, "SCOTT", 1, {"AUTH_PASSWORD": "5EC2E7"})
    assert "5EC2E7" not in repr(message)


@pytest.mark.parametrize(("version", "field_version", "number"), [
    ("12.2.0.1.0", 9, 203424000), ("19.22.0.0.0", 13, 320208896), ("23.6.0.24.10", 24, 386269578),
])
def test_version_number(version: str, field_version: int, number: int) -> None:
    assert auth.version_number(version, field_version) == number
