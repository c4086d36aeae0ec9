# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Chains of sessions that wait for one another, one object for each session at the root of a chain."""

from __future__ import annotations

from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import Case, Judged, Row

Key = tuple[int, int]


def _path_to_root(key: Key, blocker: dict[Key, Key]) -> list[Key]:
    """Sessions from ``key`` to the root; a cycle ends where it closes."""
    path = [key]
    while path[-1] in blocker and blocker[path[-1]] not in path:
        path.append(blocker[path[-1]])
    return path


def _name(key: Key, rows: dict[Key, Row]) -> str:
    row = rows.get(key)
    serial = row.get("serial") if row else None
    return f"{key[0]}:{key[1]}" + (f",{serial}" if serial is not None else "")


def judge(case: Case) -> list[Judged]:
    """A chain fails when somebody in it has waited longer than the limit (seconds)."""
    limit_id, limit = case.limit()
    rows = {(row["inst_id"], row["sid"]): row for row in case.rows}
    blocker = {
        key: (row.get("blocking_inst_id") or key[0], row["blocking_sid"])
        for key, row in rows.items()
        if row.get("blocking_sid") is not None
    }
    chains: dict[Key, list[list[Key]]] = {}
    for key in blocker:
        path = _path_to_root(key, blocker)
        # All sessions of a cycle belong to one chain, whoever it is entered by.
        root = min(path) if blocker.get(path[-1]) in path else path[-1]
        chains.setdefault(root, []).append(path)
    result = []
    for root, paths in sorted(chains.items()):
        longest = max(rows[path[0]].get("wait_seconds") or 0 for path in paths)
        depth = max(len(path) for path in paths)
        reason = {
            "zh": f"{len(paths)} 个会话在等待，链长 {depth}",
            "en": f"{len(paths)} waiting, {depth} sessions deep",
        }
        row = rows.get(root) or rows[max(paths, key=lambda path: rows[path[0]].get("wait_seconds") or 0)[0]]
        result.append(
            Judged(_name(root, rows), "fail" if longest > limit else "pass", longest, limit, reason, row, limit_id)
        )
    return result
