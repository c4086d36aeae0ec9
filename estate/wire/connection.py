# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One client connection: packets in and out, login, the request loop, breaks, and the ways a connection goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from estate.api import Backend, ConnectRequest, NetworkPolicy, OraError, Refused
from estate.wire import constants as c
from estate.wire import packets
from estate.wire.buffer import MalformedError, Reader, UnderflowError
from estate.wire.cursors import shape_of
from estate.wire.login import Login, choose_profile
from estate.wire.packets import Framer
from estate.wire.profiles import SDU_MAX, Profile
from estate.wire.requests import Request, RequestParser, UnknownFunctionError
from estate.wire.server import DropConnectionError, ServerProcess

if TYPE_CHECKING:
    from estate.wire.listener import Listener

log = logging.getLogger("estate.wire")
T = TypeVar("T")
MAX_REQUEST = 512 * 1024 * 1024
MAX_LOGIN_MESSAGE = 64 * 1024
FULL_PACKET_SLACK = 96
MORE_EXPECTED = 0.02
BREAK_GRACE = 30.0


class ClosedError(Exception):
    """The client went away, or the connection was given up."""


class BreakRequestedError(Exception):
    """The client asked to interrupt the call."""


class Connection(asyncio.Protocol):
    """Speaks with one client. All methods run in the event loop; session calls run in the listener's worker pool."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.peer: tuple[str, int] = ("", 0)
        self.login: Login | None = None
        self.process: ServerProcess | None = None
        self.policy = NetworkPolicy()
        self._transport: asyncio.Transport | None = None
        self._framer = Framer()
        self._buffer = bytearray()
        self._sdu = 8192
        self._can_end_responses = False
        self._end_of_response = False
        self._full_packet = False
        self._closed = False
        self._close_reason = ""
        self._break = False
        self._reset_seen = False
        self._running = False
        self._waiter: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._packets_sent = 0

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected: it has ``login_timeout`` seconds to log in."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername") or ("", 0)
        self.peer = (str(peer[0]), int(peer[1]) if len(peer) > 1 else 0)
        self.listener.connections.add(self)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self.listener.login_timeout, self._login_timed_out)

    def data_received(self, data: bytes) -> None:
        """Bytes of the client, cut anywhere; malformed ones end the connection."""
        try:
            for kind, body in self._framer.feed(data):
                self._packet(kind, body)
        except MalformedError as exc:
            self.give_up(f"malformed input: {exc}")

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone: what it had running is cancelled."""
        self._mark_closed()
        self._writable.set()
        self.listener.connections.discard(self)
        if self._timer:
            self._timer.cancel()
        if self._task is None:
            log.info("%s: %s:%d closed before CONNECT", self.listener.name, *self.peer)
        elif self._running and self.process:
            self._cancel_call()

    def pause_writing(self) -> None:
        """The client reads too slowly: writers wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The client has caught up: writers go on."""
        self._writable.set()

    # -- incoming packets

    def _packet(self, kind: int, body: bytes) -> None:
        if kind == c.DATA:
            self._data(body)
        elif kind == c.MARKER:
            self._marker(body)
        elif kind == c.CONNECT:
            if self._task is not None:
                raise MalformedError("a second CONNECT")
            connect = packets.parse_connect(body)
            self._task = asyncio.get_running_loop().create_task(self._main(connect))

    def _data(self, body: bytes) -> None:
        if self._task is None or len(body) < 2:
            raise MalformedError("data before CONNECT")
        flags = body[0] << 8 | body[1]
        self._buffer += body[2:]
        limit = MAX_REQUEST if self.process else MAX_LOGIN_MESSAGE
        if len(self._buffer) > limit:
            raise MalformedError(f"a request over {limit} bytes")
        self._full_packet = len(body) + packets.HEADER >= self._sdu - FULL_PACKET_SLACK
        if flags & c.FLAG_EOF:
            self._mark_closed()
        self._wake()

    def _marker(self, body: bytes) -> None:
        if len(body) < 3 or self._task is None:
            raise MalformedError("a marker without kind or before CONNECT")
        if body[2] == c.RESET:
            self._reset_seen = True
            self._buffer.clear()
        else:
            self._break = True
            if self._running:
                self._cancel_call()
        self._wake()

    def _cancel_call(self) -> None:
        if self.process is not None:
            try:
                self.process.session.cancel()
            except Exception:
                log.exception("cancel of session %d failed", self.process.session.sid)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self, timeout: float | None = None) -> None:
        """Wait for any event of the connection, or the time."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(self._waiter, timeout) if timeout else await self._waiter
        except TimeoutError:
            pass
        finally:
            self._waiter = None

    async def _parse(self, parse: Callable[[Reader], T]) -> T:
        """Wait until a whole message has come. Raises ClosedError, BreakRequestedError and what ``parse`` raises."""
        while True:
            if self._break:
                raise BreakRequestedError
            if self._buffer:
                if self._full_packet and not self._closed:
                    self._full_packet = False
                    await self._wait(MORE_EXPECTED)
                    continue
                reader = Reader(bytes(self._buffer))
                try:
                    message = parse(reader)
                except UnderflowError:
                    pass
                else:
                    del self._buffer[:reader.pos]
                    return message
            if self._closed:
                raise ClosedError
            await self._wait()

    # -- outgoing packets

    async def _send(self, payload: bytes, *, end: bool = True) -> None:
        """Send a response in DATA packets; ``end`` marks the end of the response where that was agreed on."""
        if self.policy.latency_ms:
            await asyncio.sleep(self.policy.latency_ms / 1000)
        if end and self._end_of_response:
            payload += bytes((c.MSG_END_OF_RESPONSE,))
        data = packets.data_packets(payload, self._sdu, large=self._framer.large,
                                    end_of_response=end and self._end_of_response)
        limit = self.policy.drop_after_packets
        if limit is not None:
            count = -(-len(data) // self._sdu)
            if self._packets_sent + count > limit:
                self._write(data[:max(limit - self._packets_sent, 0) * self._sdu])
                self._abort_after_flush()
                raise ClosedError
            self._packets_sent += count
        self._write(data)
        await self._writable.wait()

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise ClosedError
        self._transport.write(data)

    # -- ways to end

    def give_up(self, reason: str) -> None:
        """Close the connection at once, with one log line."""
        if not self._closed:
            log.warning("%s: closed %s:%d: %s", self.listener.name, *self.peer, reason)
        self.drop()

    def drop(self) -> None:
        """Cut the connection without a word."""
        self._mark_closed()
        if self._transport is not None:
            # Python 3.11.2 (Debian 12): a TLS transport closed twice has lost its protocol, and is cut already.
            with contextlib.suppress(AttributeError):
                self._transport.abort()

    def _mark_closed(self) -> None:
        self._closed = True
        self._wake()

    def _abort_after_flush(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _login_timed_out(self) -> None:
        if self.process is None and not self.policy.hang:
            self.give_up(f"no login within {self.listener.login_timeout:g} s")

    # -- the conversation

    async def _main(self, connect: packets.ConnectPacket) -> None:
        try:
            await self._converse(connect)
        except (ClosedError, ConnectionError):
            pass
        except MalformedError as exc:
            self.give_up(f"malformed input: {exc}")
        except Exception:
            log.exception("%s: internal error with %s:%d", self.listener.name, *self.peer)
        finally:
            await self._end()

    async def _end(self) -> None:
        if self._transport is not None:
            self._transport.close()
        session = self.process.session if self.process else self.login.session if self.login else None
        if session is not None:
            try:
                await self.listener.workers.run(session.close)
            except Exception:
                log.exception("close of session %d failed", session.sid)

    async def _converse(self, connect: packets.ConnectPacket) -> None:
        data = connect.data
        if connect.data_length > len(data):
            data = await self._parse(lambda reader: reader.raw(connect.data_length))
        text = data.decode("utf-8", "replace")
        if command := packets.listener_command(text):
            self._write(packets.refuse(0 if command == "ping" else 1189))
            return
        port = self._transport.get_extra_info("sockname")[1] if self._transport else 0
        request = packets.connect_request(text, self.peer, port)
        try:
            backend = self.listener.resolve(request)
            login = await self.listener.workers.run(self._admit, backend, request)
        except Refused as exc:
            log.info("%s: refused %s:%d with TNS-%05d", self.listener.name, *self.peer, exc.code)
            self._write(packets.refuse(exc.code))
            return
        if self.policy.hang:
            while not self._closed:
                await self._wait()
            return
        if self._accept(connect, login.profile):
            await self._log_in(login)

    def _admit(self, backend: Backend, request: ConnectRequest) -> Login:
        refusal = None
        try:
            self.policy = backend.admit(request)
        except OraError as error:
            refusal = error
        facts = backend.server_facts(request)
        return Login(backend, request, choose_profile(facts, self.listener.profile), facts, refusal)

    def _accept(self, connect: packets.ConnectPacket, profile: Profile) -> bool:
        version = min(connect.version, profile.tns_version)
        if version < connect.lowest or version < 300:
            self._write(packets.refuse(12618))
            return False
        large = version >= packets.LARGE_VERSION
        self._sdu = max(512, min(connect.sdu, SDU_MAX if large else 65535))
        flags2 = profile.flags2 if version == profile.tns_version else 0
        self._can_end_responses = bool(flags2 & c.ACCEPT_END_OF_RESPONSE)
        self._write(packets.accept(version, self._sdu, flags2))
        self._framer.large = large
        return True

    async def _log_in(self, login: Login) -> None:
        self.login = login
        while login.session is None:
            try:
                step = await self._parse(login.parse)
            except BreakRequestedError:
                await self._answer_break(None)
                continue
            # The first two steps ask nothing of the database: no worker, which would cost two changes of thread.
            payload = await self.listener.workers.run(login.answer, step) if step.auth else login.answer(step)
            self._end_of_response = self._can_end_responses and login.ends_responses
            await self._send(payload, end=step.kind in ("auth", "fast"))
            if login.failed:
                raise ClosedError
        self.process = ServerProcess(login.session, login.layout, facts=login.facts,
                                     drop_after_rows=self.policy.drop_after_rows, change_password=login.change_password)
        await self._serve(self.process)

    async def _serve(self, process: ServerProcess) -> None:
        parser = RequestParser(process.layout.field_version, process.cursors.shape, shape_of)
        while not process.ended:
            try:
                request = await self._parse(parser.parse)
            except BreakRequestedError:
                await self._answer_break(process)
                continue
            except UnknownFunctionError as exc:
                self._buffer.clear()
                await self._send(process.failure(OraError(3001, f"unimplemented feature: {exc}")))
                continue
            if request.one_way:
                continue
            await self._call(process, request)
        if self._transport is not None:
            self._transport.close()

    async def _call(self, process: ServerProcess, request: Request) -> None:
        self._running = True
        try:
            payload = await self._outcome(process, request)
        except DropConnectionError as exc:
            self._write(packets.data_packets(exc.payload, self._sdu, large=self._framer.large))
            self._abort_after_flush()
            raise ClosedError from None
        finally:
            self._running = False
        if self._closed:
            raise ClosedError
        if self._break:
            await self._answer_break(process)
        else:
            await self._send(payload)

    async def _outcome(self, process: ServerProcess, request: Request) -> bytes:
        """The response. A call that goes on long after it was interrupted is abandoned with its connection."""
        future = self.listener.workers.submit(process.handle, request)
        future.add_done_callback(lambda _future: self._wake())
        while not future.done():
            await self._wait()
            if (self._break or self._closed) and not future.done():
                await asyncio.wait([future], timeout=BREAK_GRACE)
                if not future.done():
                    future.add_done_callback(_forget)
                    self.give_up("the interrupted call does not end")
                    raise ClosedError
        return cast(bytes, future.result())

    async def _answer_break(self, process: ServerProcess | None) -> None:
        """Break, reset, then the error: markers go both ways so that both sides drop what was under way."""
        self._break = False
        self._write(packets.marker(c.BREAK, large=self._framer.large))
        while not self._reset_seen:
            if self._closed:
                raise ClosedError
            await self._wait()
        self._reset_seen = False
        self._break = False
        self._write(packets.marker(c.RESET, large=self._framer.large))
        if process is not None:
            await self._send(process.failure(OraError(1013, "user requested cancel of current operation")))


def _forget(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()
