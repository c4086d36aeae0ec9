# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Limits in force for a target: contract or catalogue, then the site, then the target itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput, nearest

Limit = dict[str, Any]


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    return "a list" if isinstance(value, (list, tuple)) else "a text"


def _check_value(limit: Limit, value: Any, where: str) -> None:
    wanted = _kind(limit["value"])
    if _kind(value) != wanted:
        raise BadInput(f"{where}: {limit['id']} must be {wanted}, not {value!r}.")
    for key, word, bad in (
        ("minimum", "at least", lambda low: value < low),
        ("maximum", "at most", lambda top: value > top),
    ):
        if key in limit and bad(limit[key]):
            raise BadInput(f"{where}: {limit['id']} must be {word} {limit[key]}, not {value}.")


def _check_ids(catalogue: Mapping[str, Limit], given: Mapping[str, Any], where: str) -> None:
    if not isinstance(given, Mapping):
        raise BadInput(f"{where} must be a dictionary of limit id to value.")
    for key, value in given.items():
        if key not in catalogue:
            raise BadInput(f'{where}: there is no limit "{key}".{nearest(key, catalogue)}')
        _check_value(catalogue[key], value, where)


def check_limits(catalogue: Mapping[str, Limit], site: Mapping[str, Any], where: str = "dbcare_limits") -> None:
    """Raise BadInput with one sentence for an id that does not exist or a value of the wrong kind."""
    if not isinstance(site, Mapping):
        raise BadInput(f"{where} must be a dictionary of limit id to value.")
    _check_ids(catalogue, {key: value for key, value in site.items() if key != "targets"}, where)
    targets = site.get("targets") or {}
    if not isinstance(targets, Mapping):
        raise BadInput(f"{where}.targets must be a dictionary of target to limits.")
    for target, values in targets.items():
        _check_ids(catalogue, values or {}, f"{where}.targets.{target}")


def _is_looser(limit: Limit, value: Any) -> bool:
    if not limit["contract"] or value == limit["value"]:
        return False
    if limit["stricter"] == "higher":
        return bool(value < limit["value"])
    return bool(value > limit["value"]) if limit["stricter"] == "lower" else False


def _entry(limit: Limit, value: Any, source: str, target: str | None) -> Limit:
    return {
        "id": limit["id"],
        "title": limit["title"],
        "target": target,
        "value": value,
        "contract_value": limit["value"],
        "unit": limit.get("unit"),
        "source": source,
        "clause": limit.get("clause"),
        "loosened": _is_looser(limit, value),
    }


def effective_limits(
    catalogue: Mapping[str, Limit],
    site: Mapping[str, Any] | None,
    target: str | None = None,
    own: Mapping[str, Any] | None = None,
) -> dict[str, Limit]:
    """Limit id -> {"id", "title", "target", "value", "contract_value", "unit", "source", "clause", "loosened"}.

    ``site`` is dbcare_limits, ``own`` the dbcare_limits among the target's own variables. Source is contract,
    catalogue, site or target. Raises BadInput.
    """
    site, own = site or {}, own or {}
    check_limits(catalogue, site)
    check_limits(catalogue, own, f"dbcare_limits of {target}")
    by_target: dict[str, Any] = {}
    for layer in (site, own):
        by_target.update((layer.get("targets") or {}).get(target) or {})
    # A target's own variable usually holds the same dictionary as the group's: only what differs is the target's.
    by_target.update({key: value for key, value in own.items() if key != "targets" and site.get(key) != value})
    result = {}
    for key, limit in catalogue.items():
        if target and key in by_target:
            result[key] = _entry(limit, by_target[key], "target", target)
        elif key in site:
            result[key] = _entry(limit, site[key], "site", None)
        else:
            result[key] = _entry(limit, limit["value"], "contract" if limit["contract"] else "catalogue", None)
    return result


def limits_in_use(per_target: Mapping[str, Mapping[str, Limit]], used: set[str]) -> list[Limit]:
    """One entry for each value in use: limits of the site once, those of single targets for each."""
    seen: dict[tuple[str, str | None], Limit] = {}
    for limits in per_target.values():
        for key in used & set(limits):
            seen.setdefault((key, limits[key]["target"]), limits[key])
    return [seen[key] for key in sorted(seen, key=lambda item: (item[0], item[1] or ""))]
