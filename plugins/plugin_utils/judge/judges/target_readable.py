# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the target could be read at all."""

from __future__ import annotations

from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import Case, Judged

_WHAT = {
    "login": ("登录被拒绝", "the login was refused"),
    "maintenance": ("数据库处于维护状态或未打开", "the database is in maintenance or not open"),
    "down": ("数据库或监听未运行", "the database or its listener is down"),
    "hung": ("主机接受连接但不应答", "it accepts connections and does not answer"),
    "network": ("网络连接中断", "the network connection broke"),
    "privilege": ("巡检账号缺少权限", "the inspector account lacks a grant"),
    "timeout": ("读取超时", "reading took too long"),
    "not_found": ("服务名或主机未知", "the service or host is unknown"),
}


def judge(case: Case) -> list[Judged]:
    """Pass for a snapshot that was read, also in part; fail with the error's code otherwise."""
    snapshot = case.snapshot
    row = case.rows[0] if case.rows else None
    if snapshot["status"] != "unreadable":
        return [Judged("", "pass", "OK", row=row)]
    error = snapshot.get("error") or {}
    zh, en = _WHAT.get(error.get("kind", ""), ("无法读取", "it could not be read"))
    message = error.get("message") or ""
    return [
        Judged(
            "",
            "fail",
            error.get("code") or error.get("kind"),
            "OK",
            {"zh": f"{zh}：{message}", "en": f"{en}: {message}"},
            row,
        )
    ]
