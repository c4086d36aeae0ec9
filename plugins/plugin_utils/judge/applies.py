# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a check makes sense on a database, and why not."""

from __future__ import annotations

from typing import Any

from ansible_collections.medops.dbcare.plugins.module_utils.collect import ENTERPRISE
from ansible_collections.medops.dbcare.plugins.module_utils.versions import matches

Text = dict[str, str]

_TRAITS = {
    ("cdb", True): {"zh": "仅适用于容器数据库", "en": "concerns container databases only"},
    ("cdb", False): {"zh": "仅适用于非容器数据库", "en": "concerns non-container databases only"},
    ("rac", True): {"zh": "仅适用于 RAC", "en": "concerns RAC only"},
    ("rac", False): {"zh": "仅适用于单实例", "en": "concerns single instances only"},
    ("asm", True): {"zh": "仅适用于使用 ASM 的数据库", "en": "concerns databases on ASM only"},
    ("asm", False): {"zh": "仅适用于不使用 ASM 的数据库", "en": "concerns databases without ASM only"},
}
_SKIPPED = {
    "edition": ("该版本类型不提供此功能：", "this edition does not have it: "),
    "licence": ("站点未声明所需许可：", "the site declares no licence for it: "),
    "version": ("此版本没有可用的读取语句：", "there is no statement for this release: "),
}


def not_applicable(applies: dict[str, Any], facts: dict[str, Any]) -> Text | None:
    """The reason why a check with ``applies`` does not concern a database with ``facts``; None when it does."""
    if applies.get("edition") == "EE" and facts["edition"] not in ENTERPRISE:
        return {
            "zh": f"需要企业版，当前为 {facts['edition']}",
            "en": f"needs Enterprise Edition; this is {facts['edition']}",
        }
    roles = applies.get("roles")
    if roles and facts["role"] not in roles:
        return {
            "zh": f"角色为 {facts['role']}，不在 {'、'.join(roles)} 之列",
            "en": f"the role is {facts['role']}, not {' or '.join(roles)}",
        }
    for key in ("cdb", "rac", "asm"):
        wanted = applies.get(key, "any")
        if wanted != "any" and facts[key] != wanted:
            return _TRAITS[key, wanted]
    versions = applies.get("versions")
    if versions and not matches(facts["version"], versions):
        return {
            "zh": f"适用版本 {versions}，当前为 {facts['version']}",
            "en": f"for {versions}; this is {facts['version']}",
        }
    return None


def skipped(result: dict[str, Any]) -> Text:
    """The reason of a probe that the collector did not run."""
    zh, en = _SKIPPED.get(result.get("reason_code") or "", ("未读取：", "not read: "))
    return {"zh": f"{zh}{result['reason']}", "en": f"{en}{result['reason']}"}
