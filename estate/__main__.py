# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Command line of the estate: ``python -m estate up | down | status | fault ... | instance ... | clock ...``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from estate.control import EstateError, RunDir, ask, default_run_dir, stop
from estate.daemon import start, start_in_foreground
from estate.faults import catalogue
from estate.plan import Plan

DEFAULT_PORT_BASE = 15210


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. One sentence on standard error where it cannot be done."""
    options = parser().parse_args(arguments)
    run_dir = RunDir((options.run_dir or default_run_dir()).absolute())
    try:
        return int(options.run(run_dir, options) or 0)
    except EstateError as error:
        print(f"estate: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(prog="python -m estate", description="An estate of simulated Oracle databases.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--run-dir", type=Path, metavar="DIR",
                        help="default: ESTATE_RUN_DIR, else .estate in the project")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _up(commands, common)
    _command(commands, common, "down", _run_down, "stop the estate and remove its run-time files")
    status = _command(commands, common, "status", _run_status, "what is up, where, and with which faults")
    status.add_argument("--json", action="store_true", help="machine-readable, with the accounts' passwords")
    _faults(commands, common)
    instance = _command(commands, common, "instance", _run_instance, "shut down, start or mount an instance")
    instance.add_argument("name", help="an instance (HIS1) or a database (HIS: all of its instances)")
    instance.add_argument("action", choices=("shutdown", "startup", "mount", "nomount", "restart"))
    clock = _command(commands, common, "clock", _run_clock, "move the clock of databases")
    clock.add_argument("action", choices=("advance",))
    clock.add_argument("amount", help="for example 90s, 15m, 2h, 7d")
    clock.add_argument("--target", metavar="HIS", help="one database; default: all")
    return top


def _command(commands: Any, common: argparse.ArgumentParser, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, parents=[common], help=text, description=text)
    command.set_defaults(run=run)
    return command


def _up(commands: Any, common: argparse.ArgumentParser) -> None:
    up = _command(commands, common, "up", _run_up, "start an estate in the background")
    up.add_argument("--scenario", default="demo", metavar="NAME|PATH", help="default: demo")
    up.add_argument("--only", type=_names, default=[], metavar="HIS,LIS", help="start only these databases")
    up.add_argument("--port-base", type=_port, default=DEFAULT_PORT_BASE, metavar="N", help="default: %(default)s")
    up.add_argument("--host", default="127.0.0.1", help="address to listen on; default: %(default)s")
    up.add_argument("--fleet", type=_count, default=0, metavar="N", help="start N small databases instead")
    up.add_argument("--hosts", action=argparse.BooleanOptionalAction, default=True,
                    help="the machines of the databases as sshd processes; default: where sshd is installed")
    up.add_argument("--tcps", action="store_true",
                    help="TLS listeners too, with certificates and wallets that status --json names")
    up.add_argument("--foreground", action="store_true", help="stay in the foreground (end with Ctrl-C)")


def _faults(commands: Any, common: argparse.ArgumentParser) -> None:
    fault = commands.add_parser("fault", help="list, inject and clear faults",
                                description="list, inject and clear faults")
    actions = fault.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = _command(actions, common, "list", _run_fault_list, "the faults there are")
    listing.add_argument("--json", action="store_true", help="machine-readable, with all details")
    inject = _command(actions, common, "inject", _run_fault_inject, "bring a fault about")
    inject.add_argument("name")
    inject.add_argument("--target", required=True, metavar="HIS", help="a database of the estate")
    inject.add_argument("--set", action="append", default=[], type=_pair, metavar="KEY=VALUE", dest="settings",
                        help="a parameter of the fault (see 'fault list --json')")
    clear = _command(actions, common, "clear", _run_fault_clear, "undo one fault, or all")
    clear.add_argument("name", nargs="?")
    clear.add_argument("--target", metavar="HIS", help="a database of the estate; default: all")


def _names(text: str) -> list[str]:
    return [name.strip().upper() for name in text.split(",") if name.strip()]


def _port(text: str) -> int:
    if not text.isdigit() or not 1024 <= int(text) <= 65000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port between 1024 and 65000")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number between 1 and 1000")
    return int(text)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key.strip(), value


def _run_up(run_dir: RunDir, options: argparse.Namespace) -> None:
    plan = Plan(options.scenario, tuple(options.only), options.port_base, options.host, options.fleet,
                options.hosts and not options.fleet, options.tcps)
    if options.foreground:
        start_in_foreground(run_dir, plan)
        return
    already = start(run_dir, plan)
    print("The estate was already up." if already else "The estate is up.")
    _print_status(ask(run_dir, "status"))


def _run_down(run_dir: RunDir, options: argparse.Namespace) -> None:
    print("The estate is down." if stop(run_dir) else f"No estate was up in {run_dir.path}.")


def _run_status(run_dir: RunDir, options: argparse.Namespace) -> None:
    status = ask(run_dir, "status")
    if options.json:
        print(json.dumps(status, ensure_ascii=False, indent=2))
    else:
        _print_status(status)


def _print_status(status: dict[str, Any]) -> None:
    databases = status["databases"]
    print(f"scenario {status['scenario']}, process {status['pid']}, {len(databases)} databases, {status['run_dir']}")
    rows = [("DATABASE", "VERSION", "ROLE", "ADDRESS", "INSTANCES", "FAULTS")]
    for item in databases[:20]:
        instances = ", ".join(f"{one['name']}:{one['port']} {one['status']}" for one in item["instances"])
        address = f"{item['host']}:{item['port']}/{item['service_name']}"
        faults = ", ".join(fault["name"] for fault in item["faults"]) or "-"
        rows.append((item["name"], item["version"], item["role"], address, instances, faults))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        print("  ".join([text.ljust(width) for text, width in zip(row, widths, strict=False)] + [row[5]]))
    _print_hosts(status)
    if len(databases) > 20:
        print(f"... and {len(databases) - 20} more; see 'status --json'")


def _print_hosts(status: dict[str, Any]) -> None:
    hosts = ", ".join(f"{item['name']} port {item['ssh_port']} {item['status']}" for item in status["hosts"])
    if hosts or status["hosts_reason"]:
        print(f"hosts: {hosts}" if hosts else f"no hosts: {status['hosts_reason']}")


def _run_fault_list(run_dir: RunDir, options: argparse.Namespace) -> None:
    try:
        faults = ask(run_dir, "faults")
    except EstateError:
        faults = [fault.as_json(()) for fault in catalogue().values()]  # without an estate there are no targets
    if options.json:
        print(json.dumps(faults, ensure_ascii=False, indent=2))
        return
    for item in faults:
        print(f"{item['name']:28} {item['area']:12} {item['check'] or '-':32} {item['symptom']['en']}")


def _run_fault_inject(run_dir: RunDir, options: argparse.Namespace) -> None:
    done = ask(run_dir, "inject", name=options.name, target=options.target.upper(), settings=dict(options.settings))
    print(f"{done['name']} is in effect on {done['target']}: {done['symptom']}")


def _run_fault_clear(run_dir: RunDir, options: argparse.Namespace) -> None:
    cleared = ask(run_dir, "clear", name=options.name, target=options.target.upper() if options.target else None)
    print("\n".join(f"{item['name']} cleared on {item['target']}" for item in cleared) or "No fault was in effect.")


def _run_instance(run_dir: RunDir, options: argparse.Namespace) -> None:
    for item in ask(run_dir, "instance", name=options.name.upper(), action=options.action):
        print(f"{item['name']}: {item['status']}")


def _run_clock(run_dir: RunDir, options: argparse.Namespace) -> None:
    for item in ask(run_dir, "clock", amount=options.amount, target=options.target.upper() if options.target else None):
        print(f"{item['name']}: {item['time']}")


if __name__ == "__main__":
    sys.exit(main())
