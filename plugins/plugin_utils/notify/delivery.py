# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A message over all channels at once: tries bounded in number and time, and one sentence for each that failed."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import tenacity

from ansible_collections.medops.dbcare.plugins.plugin_utils.notify import message as told
from ansible_collections.medops.dbcare.plugins.plugin_utils.notify.channels import (
    DeliveryError,
    TransientError,
    send_mail,
    send_webhook,
)

PAUSE = 0.5  # seconds before the second try; doubled for each later one
KEPT = "The report itself is not affected."


@dataclass(frozen=True)
class Delivery:
    """What became of one channel; ``message`` is the sentence for a failure, '' for success."""

    channel: str
    ok: bool
    message: str = ""


def channels(settings: dict[str, Any]) -> list[tuple[str, Callable[[told.Message], None]]]:
    """(name, send) of each channel of parsed settings; the name holds no token and no path."""
    found: list[tuple[str, Callable[[told.Message], None]]] = []
    timeout = settings["timeout"]
    if settings["mail"]:
        mail = settings["mail"]
        found.append((f"mail {mail['host']}:{mail['port']}", functools.partial(send_mail, mail, timeout=timeout)))
    for webhook in settings["webhooks"]:
        name = f"{webhook['kind']} {urlsplit(webhook['url']).hostname}"
        found.append((name, functools.partial(send_webhook, webhook, timeout=timeout)))
    return found


def notify(settings: dict[str, Any], message: told.Message, pause: float = PAUSE) -> list[Delivery]:
    """Send ``message`` over every channel of parsed ``settings``, side by side; never raises for a failed delivery."""
    results: dict[str, Delivery] = {}
    wanted = channels(settings)
    attempts = settings["attempts"]

    def work(key: str, name: str, send: Callable[[told.Message], None]) -> None:
        results[key] = _deliver(name, lambda: send(message), attempts, pause)

    # Daemons: a server that answers a byte a minute must hold up neither the play nor its end.
    threads = [threading.Thread(target=work, args=(str(n), *channel), daemon=True) for n, channel in enumerate(wanted)]
    end = time.monotonic() + attempts * (settings["timeout"] * 2 + pause * 2**attempts)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return [results.get(str(n)) or _failed(name, "no end in time", 1) for n, (name, _send) in enumerate(wanted)]


def _deliver(name: str, send: Callable[[], None], attempts: int, pause: float) -> Delivery:
    policy = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(attempts), wait=tenacity.wait_exponential(multiplier=pause, max=30),
        retry=tenacity.retry_if_exception_type(TransientError), reraise=True)
    try:
        policy(send)
    except DeliveryError as error:
        return _failed(name, str(error), policy.statistics.get("attempt_number", 1))
    except Exception as error:  # whatever a server does, the run goes on
        return _failed(name, f"unexpected {type(error).__name__}", 1)
    return Delivery(name, True)


def _failed(name: str, reason: str, tries: int) -> Delivery:
    after = f" after {tries} tries" if tries > 1 else ""
    return Delivery(name, False, f"Notification by {name} failed{after}: {reason}. {KEPT}")
