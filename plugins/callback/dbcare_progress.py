# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Callback: which step, which target, how many are left, and the verdict as the last line."""

from __future__ import annotations

DOCUMENTATION = r"""
name: dbcare_progress
type: aggregate
short_description: Progress of an inspection, target by target
version_added: 0.1.0
description:
  - One line for each step, one for each target that a step finished with how many are left, and the verdict last.
  - Only steps of roles in C(medops.dbcare) are shown. What the tasks themselves print is left to the stdout callback.
requirements:
  - C(callbacks_enabled = medops.dbcare.dbcare_progress) in ansible.cfg.
options:
  quiet:
    description: Print the verdict only.
    type: bool
    default: false
    env:
      - name: DBCARE_PROGRESS_QUIET
    ini:
      - section: callback_dbcare_progress
        key: quiet
"""

import time
from collections.abc import Mapping
from typing import Any

from ansible import constants, context
from ansible.plugins.callback import CallbackBase

ROLE = "medops.dbcare."
# Tasks that only hand something on are no steps.
SMALL = ("meta", "set_fact", "set_stats", "debug", "fail", "assert", "include_tasks", "validate_argument_spec")
HINTS = {"privilege": " (the playbook onboard prints the grants)"}
VERDICT_COLOURS = {"healthy": "COLOR_OK", "attention": "COLOR_CHANGED", "unhealthy": "COLOR_ERROR",
                   "incomplete": "COLOR_ERROR"}


def outcome(result: Mapping[str, Any]) -> str:
    """What a task did to one target, in a few words; of a snapshot its status and what it took."""
    snapshot = result.get("snapshot")
    if isinstance(result.get("statements"), list):
        return "\n".join([f"{len(result['statements'])} statements", *(f"{line};" for line in result["statements"])])
    if not isinstance(snapshot, Mapping):
        return "changed" if result.get("changed") else "done"
    if snapshot.get("error"):
        error = snapshot["error"]
        return f"{snapshot.get('status')} ({error.get('kind')}): {error.get('message') or error.get('code')}"
    collected = snapshot.get("collected", {})
    counts = ", ".join(f"{collected[key]} {key.replace('_', ' ')}" for key in ("statements", "round_trips", "sessions")
                       if key in collected)
    return "\n".join([f"{snapshot.get('status')}, {counts}", *not_read(snapshot)])


def not_read(snapshot: Mapping[str, Any]) -> list[str]:
    """A line for each error in a snapshot with the probes that it kept from being read."""
    found: dict[str, list[str]] = {}
    for name, result in (snapshot.get("probes") or {}).items():
        if result.get("status") == "error":
            error = result.get("error") or {}
            what = str(error.get("message") or error.get("code") or "?")
            found.setdefault(what + HINTS.get(str(error.get("kind")), ""), []).append(name)
    return [f"        not read: {', '.join(names)}: {what}" for what, names in found.items()]


class CallbackModule(CallbackBase):
    """Prints steps, targets and the verdict (the custom statistic ``dbcare_run`` that the role verdict sets)."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "medops.dbcare.dbcare_progress"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step = ""
        self.waiting: set[str] = set()
        self.told: set[str] = set()
        self.hosts: list[str] = []
        self.play: Any = None
        self.started = time.monotonic()

    def _line(self, text: str, colour: str = "") -> None:
        if not self.get_option("quiet"):
            self._display.display(text, color=getattr(constants, colour) if colour else None)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Note the targets of the play."""
        self.play = play
        variables = play.get_variable_manager()
        self.hosts = [host.name for host in variables._inventory.get_hosts(play.hosts)] if variables else []

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Say which step of which role begins, for how many targets."""
        del is_conditional
        role = task._role.get_name() if task._role else ""
        self.step = ""
        if not role.startswith(ROLE) or task.action.rpartition(".")[2] in SMALL:
            return
        self.step = f"{role[len(ROLE):]}: {task.name}"
        self.waiting = set() if task.run_once else set(self.hosts)
        self._line(f"--> {self.step}" + (f" ({len(self.waiting)} targets)" if len(self.waiting) > 1 else ""))

    def _done(self, result: Any, colour: str) -> None:
        if not self.step:
            return
        name = result._host.get_name()
        if name not in self.waiting:
            return
        self.waiting.discard(name)
        left = f" ({len(self.waiting)} left)" if self.waiting else ""
        status = (result._result.get("snapshot") or {}).get("status")
        first, *more = outcome(result._result).split("\n")
        colour = {"unreadable": "COLOR_ERROR", "partial": "COLOR_WARN"}.get(str(status), colour)
        self._line("\n".join([f"    {name}: {first}{left}", *more]), colour)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Count a target as done, and say whom a notification did not reach."""
        self._done(result, "COLOR_OK")
        # The stdout callback may hide what is ok, and with it that somebody could not be told or a waiver has ended.
        told = [*(result._result.get("failures") or []), *(result._result.get("warnings") or [])]
        for sentence in (str(item) for item in told) if self.step else []:
            if sentence not in self.told:
                self.told.add(sentence)
                self._line(f"    {sentence}", "COLOR_WARN")

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Count a target as done; say so when all were skipped."""
        self.waiting.discard(result._host.get_name())
        if self.step and not self.waiting:
            self._line("    skipped")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Count a target as done; the stdout callback shows the error."""
        del ignore_errors
        self.waiting.discard(result._host.get_name())

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Say the seconds taken and the verdict, last."""
        run = stats.custom.get("_run", {}).get("dbcare_run") if stats.custom else None
        if not run:
            return
        self._line(f"\n{time.monotonic() - self.started:.1f} s")
        if run.get("report"):
            self._line(f"Report: {run['report']}")
        elif context.CLIARGS.get("check"):
            self._line("Check mode: nothing was written.")
        self._display.display(str(run.get("line", "")),
                              color=getattr(constants, VERDICT_COLOURS.get(str(run.get("verdict")), "COLOR_OK")))
