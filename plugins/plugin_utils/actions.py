# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action plugins share: validated arguments in, a result out, one sentence for what is wrong."""

from __future__ import annotations

import datetime
import getpass
import os
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput, DbcareError


class DbcareAction(ActionBase):
    """An action plugin whose ``work(arguments, task_vars)`` returns the result or raises DbcareError."""

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {}
    # Arguments that are never shown, not even at the highest verbosity.
    HIDDEN: ClassVar[tuple[str, ...]] = ("login", "password", "settings")

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ansible's entry point."""
        result = super().run(tmp, task_vars)
        given = {key: "(hidden)" if key in self.HIDDEN else "..." for key in self._task.args}
        result["invocation"] = {"module_args": given}
        _checked, arguments = self.validate_argument_spec(argument_spec=self.ARGUMENT_SPEC)
        try:
            result.update(self.work(plain(arguments), task_vars or {}))
        except DbcareError as error:
            result.update(failed=True, changed=False, msg=str(error))
        return result

    def work(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """The result for validated ``arguments``."""
        raise NotImplementedError


def plain(value: Any) -> Any:
    """Ansible's own kinds of text, list and dictionary as Python's: the driver and JSON want nothing else."""
    if isinstance(value, str):
        return value if value.__class__ is str else "".join(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else value


def operator(given: str | None) -> str:
    """Who runs this: the name given, else the account (the one behind sudo)."""
    return given or os.environ.get("SUDO_USER") or getpass.getuser()


def moment(given: str | None) -> datetime.datetime:
    """The time given (ISO 8601 with offset), or now with the controller's offset. Raises BadInput."""
    if not given:
        return datetime.datetime.now(datetime.UTC).astimezone()
    try:
        at = datetime.datetime.fromisoformat(given)
    except ValueError:
        raise BadInput(f'now must be an ISO 8601 time such as 2026-11-22T07:00:00+08:00, not "{given}".') from None
    return at if at.tzinfo else at.astimezone()


def new_run_id(at: datetime.datetime) -> str:
    """A name for a run that sorts by time: 20261122-070002-3fa9."""
    return f"{at:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
