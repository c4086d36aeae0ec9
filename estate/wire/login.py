# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From ACCEPT to an open session: protocol, data types and authentication messages, or all of them at once (fast auth).

Everything here is synchronous and may block in the Backend: the connection runs ``answer`` in a worker thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from estate.api import Backend, Bind, ConnectRequest, OraError, Session
from estate.wire import auth, profiles, replies
from estate.wire import constants as c
from estate.wire.buffer import MalformedError, Reader
from estate.wire.profiles import ClientTypes, Layout, Profile
from estate.wire.replies import Outcome

INVALID_LOGIN = OraError(1017, "invalid username/password; logon denied")


@dataclass(slots=True)
class Step:
    """One message of the login, parsed. ``kind`` is protocol, types, auth or fast."""

    kind: str
    driver: str = ""
    types: ClientTypes | None = None
    auth: auth.AuthMessage | None = None


class Login:
    """The login of one connection. ``session`` is set at its end; ``failed`` when it must be closed."""

    def __init__(self, backend: Backend, request: ConnectRequest, profile: Profile, facts: dict[str, str],
                 refusal: OraError | None = None) -> None:
        self.backend = backend
        self.request = request
        self.profile = profile
        self.facts = facts
        self.layout = Layout.plain(profile.field_version)
        self.driver = ""
        self.username = ""
        self.session: Session | None = None
        self.failed = False
        self.ends_responses = False     # whether the client wants the end of each response marked
        self._refusal = refusal
        self._exchange: auth.Exchange | None = None
        self._first_pairs: dict[str, str] = {}

    # -- parsing

    def parse(self, reader: Reader) -> Step:
        """Parse the next message of the client. Raises UnderflowError, MalformedError."""
        kind = reader.u8()
        if kind == c.MSG_PROTOCOL:
            return Step("protocol", driver=profiles.read_protocol(reader))
        if kind == c.MSG_DATA_TYPES:
            return Step("types", types=profiles.read_data_types(reader, self.driver))
        if kind == c.MSG_FUNCTION:
            return Step("auth", auth=self._read_auth(reader, self.layout.field_version))
        if kind == c.MSG_FAST_AUTH:
            return self._read_fast(reader)
        raise MalformedError(f"message type {kind} before login")

    def _read_auth(self, reader: Reader, field_version: int) -> auth.AuthMessage:
        function = reader.u8()
        if function not in (c.FN_AUTH_ONE, c.FN_AUTH_TWO):
            raise MalformedError(f"function {function} before login")
        reader.u8()
        if field_version >= c.FV_23_1_EXT1:
            reader.ub()
        return auth.read_auth(reader, function)

    def _read_fast(self, reader: Reader) -> Step:
        reader.raw(3)
        if reader.u8() != c.MSG_PROTOCOL:
            raise MalformedError("fast authentication without protocol message")
        driver = profiles.read_protocol(reader)
        reader.raw(5)
        field_version = reader.u8()
        if reader.u8() != c.MSG_DATA_TYPES:
            raise MalformedError("fast authentication without data types")
        types = profiles.read_data_types(reader, driver)
        if reader.u8() != c.MSG_FUNCTION:
            raise MalformedError("fast authentication without authentication")
        return Step("fast", driver, types, self._read_auth(reader, field_version))

    # -- answering

    def answer(self, step: Step) -> bytes:
        """The response to a step; sets session or failed."""
        try:
            if step.kind == "protocol":
                return self._protocol(step.driver)
            if step.kind == "types":
                return self._types(step.types)
            if step.kind == "fast":
                head = self._protocol(step.driver) + self._types(step.types)
                return head + self._auth(step.auth)
            return self._auth(step.auth)
        except OraError as error:
            self.failed = True
            return self._ending(Outcome.of(error))

    def _ending(self, outcome: Outcome) -> bytes:
        return replies.outcome_message(outcome, self.layout.error, 0, 1)

    def _protocol(self, driver: str) -> bytes:
        self.driver = driver
        return profiles.protocol_reply(self.profile)

    def _types(self, types: ClientTypes | None) -> bytes:
        if types is None:
            raise MalformedError("no data types")
        self.layout = types.layout(self.profile)
        self.ends_responses = types.ends_responses
        return profiles.data_types_reply(types, self.driver)

    def _auth(self, message: auth.AuthMessage | None) -> bytes:
        if message is None:
            raise MalformedError("no authentication message")
        if self._refusal is not None:
            self.failed = True
            return self._ending(Outcome.of(self._refusal))
        return self._phase_one(message) if message.function == c.FN_AUTH_ONE else self._phase_two(message)

    def _phase_one(self, message: auth.AuthMessage) -> bytes:
        user = message.user
        self.username = user[1:-1] if len(user) > 1 and user[0] == user[-1] == '"' else user.upper()
        if "[" in self.username:
            self.username = self.username.partition("[")[0]
        self._first_pairs = message.pairs
        self._exchange = auth.Exchange(self.backend.verifier(self.request, self.username) if self.username else None)
        return self._exchange.challenge() + self._ending(Outcome())

    def _phase_two(self, message: auth.AuthMessage) -> bytes:
        exchange = self._exchange
        if exchange is None or not message.pairs.get("AUTH_SESSKEY"):
            raise INVALID_LOGIN
        proved = exchange.prove(message.pairs)
        client = auth.client_facts(self._first_pairs, message)
        new_password = exchange.new_password(message.pairs) if proved else None
        session = self.backend.open_session(self.request, self.username, client, proved=proved,
                                            new_password=new_password)
        if not proved:
            session.close()
            raise INVALID_LOGIN
        self.session = session
        values = auth.session_facts(self.facts, session.sid, session.serial, self.layout.field_version)
        values["AUTH_SVR_RESPONSE"] = exchange.server_proof()
        warning = getattr(session, "login_warning", None)
        notice = replies.warning(warning.code, warning.message) if warning is not None else b""
        return auth.parameters(values) + notice + self._ending(Outcome())

    def change_password(self, message: auth.AuthMessage) -> None:
        """Change the password of the open session's user. Raises OraError 1017, 988 and what ALTER USER raises."""
        exchange, session = self._exchange, self.session
        if exchange is None or session is None or not message.changes_password:
            raise OraError(28008, "invalid old password")
        old, new = exchange.old_password(message.pairs), exchange.new_password(message.pairs) or ""
        exchange = auth.Exchange(self.backend.verifier(self.request, self.username))
        if not exchange.is_password(old):
            raise OraError(28008, "invalid old password")
        if '"' in new or not new:
            raise OraError(988, "missing or invalid password(s)")
        variables: list[Bind] = []
        session.execute(f'ALTER USER "{self.username}" IDENTIFIED BY "{new}" REPLACE "{old}"', variables)


def choose_profile(facts: dict[str, Any], override: str | None) -> Profile:
    """Raises ValueError naming a profile that does not exist."""
    name = override or facts.get("profile")
    try:
        return profiles.profile(name)
    except KeyError:
        raise ValueError(f"wire profile {name!r} is none of {', '.join(profiles.PROFILES)}") from None
