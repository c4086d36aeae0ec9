# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The estate's process: one event loop with the listeners of all databases and the control socket."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import signal
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from estate.control import LOG_FILE, EstateError, RunDir, ask, serve
from estate.plan import Plan

if TYPE_CHECKING:
    from estate.estate import Estate

log = logging.getLogger("estate")
START_SECONDS = 120.0


def start(run_dir: RunDir, plan: Plan) -> bool:
    """Start the daemon in the background and wait until every listener answers; True where it was up already."""
    run_dir.create()
    with run_dir.starting():
        if run_dir.pid() is not None:
            _same_or_error(run_dir, plan)
            return True
        if run_dir.clean():
            log.info("removed what a former daemon left in %s", run_dir.path)
        _spawn(run_dir, plan)
    return False


def _same_or_error(run_dir: RunDir, plan: Plan) -> None:
    present = ask(run_dir, "plan")
    if {**present, "only": tuple(present["only"])} != asdict(plan):
        raise EstateError(f"Another estate is up in {run_dir.path} (scenario {present['scenario']}, port base "
                          f"{present['port_base']}); stop it with 'down', or use another --run-dir and --port-base.")


def _spawn(run_dir: RunDir, plan: Plan) -> None:
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _become_daemon(run_dir, plan, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        report = pipe.readline()
    os.waitpid(child, 0)
    answer = json.loads(report) if report else {"error": f"The estate did not start; see {run_dir.file(LOG_FILE)}."}
    if "error" in answer:
        run_dir.clean()
        raise EstateError(answer["error"])


def _become_daemon(run_dir: RunDir, plan: Plan, report: int) -> None:
    """Leave the terminal; never returns."""
    os.setsid()
    if os.fork():
        os._exit(0)
    # The lock of 'up' and the terminal's files are the parent's, not the daemon's for its whole life.
    os.closerange(3, report)
    os.closerange(report + 1, 1024)
    output = os.open(run_dir.file(LOG_FILE), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    quiet = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((quiet, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    status = 1
    try:
        _log_to_stderr()
        status = _serve(run_dir, plan, report)
    except BaseException:
        log.exception("the estate ended")
    finally:
        os._exit(status)


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    logging.getLogger("sqlglot").setLevel(logging.ERROR)


def start_in_foreground(run_dir: RunDir, plan: Plan) -> None:
    """Serve until Ctrl-C. Raises EstateError where it cannot start."""
    run_dir.create()
    with run_dir.starting():
        if run_dir.pid() is not None:
            raise EstateError(f"An estate is already up in {run_dir.path}; stop it with 'down' first.")
        run_dir.clean()
    _log_to_stderr()
    reading, writing = os.pipe()
    status = _serve(run_dir, plan, writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        answer = json.loads(pipe.readline() or "{}")
    if status and "error" in answer:
        raise EstateError(answer["error"])


def _serve(run_dir: RunDir, plan: Plan, report: int) -> int:
    """Run the loop; writes one JSON line to ``report`` when it is ready or cannot be."""
    lock: int | None = None
    try:
        lock = run_dir.hold()
        # The whole server: commands that only ask one do without it.
        from estate.estate import Estate

        # Before the event loop: databases are seeded by processes, which are forked where there are no threads yet.
        asyncio.run(_main(Estate.build(plan, run_dir), run_dir, report))
        return 0
    except EstateError as error:
        _tell(report, {"error": str(error)})
        return 1
    except ModuleNotFoundError as error:
        _tell(report, {"error": f"The Python package {error.name} is missing for {sys.executable}; activate .venv, or "
                                "install requirements/estate.txt."})
        return 1
    except Exception as error:
        log.exception("the estate failed")
        _tell(report, {"error": f"The estate failed: {type(error).__name__}: {error}; see {run_dir.file(LOG_FILE)}."})
        return 1
    finally:
        if lock is not None:
            run_dir.clean()
            os.close(lock)


def _tell(report: int, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        os.write(report, json.dumps(message).encode() + b"\n")
        os.close(report)


async def _main(estate: Estate, run_dir: RunDir, report: int) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        await estate.open()
        control = await serve(run_dir.listen(), lambda request: estate.handle(request, ended))
        gc.collect()
        gc.freeze()
        _tell(report, {"ok": True})
        log.info("up: %s", ", ".join(estate.sites))
        await ended.wait()
        control.close()
    finally:
        await estate.close()
    log.info("down")
