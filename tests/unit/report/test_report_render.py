# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report's files: valid, complete in themselves, the same for the same document, whole or not there."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import html5lib
import jsonschema
import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.plugin_utils.report import publish, render, view
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.schema import load_schema, with_optional
from tests.support.sample_run import RUN_ID, healthy_run, sample_run


def written(folder: Path, document: dict[str, Any] | None = None, **more: Any) -> dict[str, bytes]:
    done = render.render(document or sample_run(), folder, **more)
    return {name: path.read_bytes() for name, path in done.files.items()}


def text_of(page: bytes) -> str:
    """What a reader of a page sees, without the style sheets."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    for head in tree.findall("head"):
        tree.remove(head)
    return " ".join("".join(tree.itertext()).split())


def test_files_and_latest(tmp_path: Path) -> None:
    done = render.render(sample_run(), tmp_path)
    assert done.folder == tmp_path / "daily_inspection" / RUN_ID
    assert sorted(path.name for path in done.folder.iterdir()) == ["report.en.html", "report.html", "report.json"]
    assert done.latest.is_symlink() and done.latest.readlink() == Path(RUN_ID)
    assert json.loads((done.latest / "report.json").read_text(encoding="utf-8")) == sample_run()
    assert sorted(path.name for path in (tmp_path / "daily_inspection").iterdir()) == [RUN_ID, "latest"]


def test_schema_describes_every_property() -> None:
    bare: list[str] = []

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for name, child in (node.get("properties") or {}).items():
                target = child
                if "$ref" in child and "description" not in child:
                    target = load_schema()["$defs"][child["$ref"].rsplit("/", 1)[1]]
                if "description" not in target:
                    bare.append(f"{path}.{name}")
            for key, child in node.items():
                walk(child, f"{path}.{key}")

    jsonschema.Draft202012Validator.check_schema(load_schema())
    walk(load_schema(), "")
    assert bare == []


@pytest.mark.parametrize(("change", "named"), [
    (lambda d: d["findings"][0].pop("clause"), "'clause' is a required property"),
    (lambda d: d["findings"][3].update(status="passed"), "findings.3.status"),
    (lambda d: d["run"].update(id="../../etc"), "run.id"),
    (lambda d: d["run"].update(id="a\n"), "run.id"),
    (lambda d: d["run"].update(kind="Daily Inspection"), "run.kind"),
    (lambda d: d.update(schema="medops.dbcare/report/2"), "schema"),
])
def test_invalid_document_is_refused(tmp_path: Path, change: Any, named: str) -> None:
    document = sample_run()
    change(document)
    with pytest.raises(BadInput, match=re.escape(named)):
        render.render(document, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_not_a_number_is_refused(tmp_path: Path) -> None:
    document = sample_run()
    document["findings"][2]["observed"] = float("nan")
    with pytest.raises(BadInput, match="cannot be written as JSON"):
        render.render(document, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_unknown_kind_has_no_report(tmp_path: Path) -> None:
    document = sample_run()
    document["run"]["kind"] = "weekly_tea"
    with pytest.raises(BadInput, match='no report for runs of the kind "weekly_tea"'):
        render.render(document, tmp_path)


def test_same_document_same_bytes(tmp_path: Path) -> None:
    assert written(tmp_path / "a") == written(tmp_path / "b")
    assert render.render(sample_run(), tmp_path / "a").changed is False


@pytest.mark.parametrize("document", [sample_run(), healthy_run()], ids=["sample", "healthy"])
def test_pages_are_well_formed_and_need_nothing_else(tmp_path: Path, document: dict[str, Any]) -> None:
    files = written(tmp_path, document)
    for name in ("report.html", "report.en.html"):
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(files[name])
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        local = {"report.html", "report.en.html"} - {name}
        for element in tree.iter():
            assert element.tag not in {"script", "link", "iframe", "object", "embed", "img", "form"}
            assert not [key for key in element.attrib if str(key).startswith("on") or key in {"style", "src"}]
            href = element.get("href")
            assert href is None or href in local or (href[0] == "#" and href[1:] in ids), href
        assert b"http://" not in files[name].replace(b"http-equiv", b"") and b"https://" not in files[name]
        assert b"url(" not in files[name] and b"@import" not in files[name]


def test_policy_allows_only_the_own_style_sheets(tmp_path: Path) -> None:
    page = written(tmp_path)["report.html"].decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    words = policy.group(1).replace("&#39;", "'")
    assert words.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in words
    assert words.count("sha256-") == page.count("<style>")


def test_twins_link_to_each_other(tmp_path: Path) -> None:
    files = written(tmp_path)
    assert b'<html lang="zh-CN">' in files["report.html"] and b'href="report.en.html"' in files["report.html"]
    assert b'<html lang="en">' in files["report.en.html"] and b'href="report.html"' in files["report.en.html"]


def test_first_language_is_the_page_without_suffix(tmp_path: Path) -> None:
    assert sorted(written(tmp_path / "en", languages=["en"])) == ["report.html", "report.json"]
    assert sorted(written(tmp_path / "both", languages=["en_US", "zh_CN"])) == [
        "report.html", "report.json", "report.zh.html"]
    with pytest.raises(BadInput, match='no report in the language "fr"'):
        render.render(sample_run(), tmp_path, ["fr"])


HOSTILE = ["<script>alert(1)</script>", "{{ 1+1 }}", "{% for x in y %}", "=cmd|' /C calc'!A0",
           "\"><img src=x onerror=a()>", "</style><b>", "%(n)s %s", "${7*7}", "' or 1=1 --", "</title></svg>"]


def hostile_run() -> dict[str, Any]:
    """The sample with hostile text in every place that text of a database or a site may reach."""
    document = sample_run()
    text = " ".join(HOSTILE)
    for finding in document["findings"]:
        finding["reason"] = {"zh": text, "en": text}
        finding["evidence"] = [{"col " + text: text, "tablespace": text, "free_pct": None}]
        finding["objects"] = [{"object": text, "status": "fail", "observed": text, "limit": text, "reason": text}] * 2
        finding["observed"], finding["unit"] = text, text
    for target in document["scope"]["targets"]:
        target["facts"] |= {"version_full": text, "role": text, "platform": text, "rac": True}
        target["instances"] = [{"name": text, "status": text, "host": text, "startup_time": text}]
        target["containers"] = [{"name": text, "status": text}]
        target["unread"] = [{"what": text, "reason": text}]
    document["contract"] = dict.fromkeys(("title", "number", "customer", "provider"), text)
    document["run"] |= {"operator": text, "controller": text}
    document["waivers"][0] |= {"reason": text, "approver": text}
    for figures in document["metrics"].values():
        for figure in figures.values():
            for point in figure["points"]:
                point["label"] = point["note"] = text
    return document


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    files = written(tmp_path, hostile_run())
    assert json.loads(files["report.json"]) == hostile_run()
    for name in ("report.html", "report.en.html"):
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(files[name])
        assert not list(tree.iter("script")) and not list(tree.iter("img"))
        assert len(list(tree.iter("style"))) == 2
        seen = text_of(files[name])
        for words in HOSTILE:
            assert words in seen, words
        assert "49" not in re.findall(r"\$\{7\*7\}|\b49\b", seen)


def test_characters_that_cannot_be_seen_are_shown(tmp_path: Path) -> None:
    document = sample_run()
    document["findings"][6]["evidence"] = [{"name": "a\x00b\x1b[31m\u202ecod.exe\ud800"}]
    files = written(tmp_path, document)
    seen = text_of(files["report.html"])
    assert "a<U+0000>b<U+001B>[31m<U+202E>cod.exe\ufffd" in seen
    kept = json.loads(files["report.json"])["findings"][6]["evidence"]
    assert kept == [{"name": "a\x00b\x1b[31m\u202ecod.exe\ufffd"}]


def test_page_says_what_a_manager_asks(tmp_path: Path) -> None:
    files = written(tmp_path)
    seen = text_of(files["report.html"])
    assert "不完整 有的内容没有读到，不能判断为健康：EMR、PACS。" in seen
    assert "另有 3 项不合格，涉及 HIS、PACS，请今天处理。" in seen
    assert "模拟环境本次巡检的数据库是模拟的" in seen
    assert "PACS 最近一次全量备份 不合格 9.1 天 (要求 ≤ 7 天)" in seen
    assert "数据文件、日志文件剩余空间≥20%，存储 IO 无异常占用 (daily.storage · S3.1)" in seen
    assert "厂商驻场支持，项目验收后收回（批准人 信息科 李主任，有效至 2026-04-30）" in seen
    assert "1 个限值比合同宽松：storage.min_free_pct。" in seen
    assert "io_waits：ORA-00942: table or view does not exist" in seen
    assert "sha256:" + "b2" * 32 in seen and "服务方：某某科技有限公司" in seen
    english = text_of(files["report.en.html"])
    assert "Incomplete Not everything could be read" in english and "Simulated" in english


def test_simulated_only_when_the_run_says_so(tmp_path: Path) -> None:
    document = sample_run()
    document["run"]["simulated"] = False
    files = written(tmp_path, document)
    assert "模拟" not in files["report.html"].decode() and "imulated" not in text_of(files["report.en.html"])


def test_new_findings_of_an_unreadable_database_are_one(tmp_path: Path) -> None:
    seen = text_of(written(tmp_path)["report.html"])
    assert "新增问题 (4)" in seen and "数据库无法读取，其余 23 项检查未知。" in seen


def test_optional_properties_may_be_missing(tmp_path: Path) -> None:
    document = sample_run()
    required = set(load_schema()["$defs"]["finding"]["required"])
    document["findings"] = [{key: value for key, value in finding.items() if key in required}
                            for finding in document["findings"]]
    for key in ("contract", "clauses", "metrics"):
        document.pop(key)
    for limit in document["limits"]:
        limit.pop("title"), limit.pop("clause"), limit.pop("target")
    for target in document["scope"]["targets"]:
        target["instances"] = [{"name": item["name"]} for item in target["instances"]]
        target["facts"] = {}
    assert "表空间剩余空间" in text_of(written(tmp_path, document)["report.html"])


def test_with_optional_fills_without_changing() -> None:
    filled = with_optional(healthy_run())
    assert filled["findings"][0]["status"] == healthy_run()["findings"][0]["status"]
    assert filled["scope"]["targets"][0]["facts"]["platform"] == "Linux x86 64-bit"
    assert with_optional(filled) == filled


# --- writing --------------------------------------------------------------------------------------------------------


def test_check_mode_predicts_and_writes_nothing(tmp_path: Path) -> None:
    done = render.render(sample_run(), tmp_path, write=False)
    assert done.changed and done.files["report.html"].name == "report.html"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_unwritable_folder_as_user(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(publish.ReportError, match="may not write there"):
        render.render(sample_run(), tmp_path)


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("x", encoding="utf-8")
    with pytest.raises(publish.ReportError, match=r"cannot be written to .*: .*(file|in the way)"):
        render.render(sample_run(), tmp_path / "reports")


@pytest.mark.parametrize(("code", "words"), [
    (errno.ENOSPC, "the disk is full"), (errno.EACCES, "may not write there"), (errno.EROFS, "read-only")])
def test_failure_while_writing_leaves_nothing(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str) -> None:
    before = healthy_run()
    before["run"] |= {"id": "before", "started": "2026-03-01T07:00:00+08:00"}
    render.render(before, tmp_path)
    real, calls = os.fsync, []

    def broken(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(code, os.strerror(code))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(publish.ReportError, match=words) as caught:
        render.render(sample_run(), tmp_path)
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in (tmp_path / "daily_inspection").iterdir()) == ["before", "latest"]
    assert (tmp_path / "daily_inspection" / "latest").readlink() == Path("before")


def _slowly(folder: str) -> None:
    real = publish._write_file

    def slow(path: Path, data: bytes) -> None:
        real(path, data[: len(data) // 2])
        time.sleep(60)

    publish._write_file = slow
    render.render(sample_run(), folder)


def test_kill_in_the_middle(tmp_path: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=_slowly, args=(str(tmp_path),))
    process.start()
    deadline = time.monotonic() + 20
    while not list(tmp_path.glob("daily_inspection/.writing-*/*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    parent = tmp_path / "daily_inspection"
    left = list(parent.iterdir())
    assert [path.name[:9] for path in left] == [".writing-"]
    os.utime(left[0], (0, 0))
    render.render(sample_run(), tmp_path)
    assert sorted(path.name for path in parent.iterdir()) == [RUN_ID, "latest"]


def test_another_run_with_the_same_id_is_not_overwritten(tmp_path: Path) -> None:
    before = written(tmp_path)
    other = sample_run()
    other["run"]["hash"] = "sha256:" + "00" * 32
    with pytest.raises(publish.ReportError, match="another run with the same id"):
        render.render(other, tmp_path)
    assert written(tmp_path) == before


def test_same_run_rendered_anew_replaces_its_pages(tmp_path: Path) -> None:
    done = render.render(sample_run(), tmp_path)
    done.files["report.html"].write_bytes(b"old page")
    assert render.render(sample_run(), tmp_path).changed is True
    assert done.files["report.html"].read_bytes().startswith(b"<!DOCTYPE html>")
    assert sorted(path.name for path in done.folder.parent.iterdir()) == [RUN_ID, "latest"]


def test_latest_does_not_go_back(tmp_path: Path) -> None:
    render.render(sample_run(), tmp_path)
    older = sample_run()
    older["run"] |= {"id": "older", "started": "2026-03-10T07:00:00+08:00", "hash": None}
    assert render.render(older, tmp_path).latest.readlink() == Path(RUN_ID)
    newer = sample_run()
    newer["run"] |= {"id": "newer", "started": "2026-03-17T07:00:00+08:00", "hash": None}
    assert render.render(newer, tmp_path).latest.readlink() == Path("newer")


def test_latest_that_is_no_link_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "daily_inspection" / "latest").mkdir(parents=True)
    with pytest.raises(publish.ReportError, match="in the way"):
        render.render(sample_run(), tmp_path)
    assert (tmp_path / "daily_inspection" / "latest").is_dir()


def test_files_are_not_for_everybody(tmp_path: Path) -> None:
    done = render.render(sample_run(), tmp_path)
    modes = [oct(path.stat().st_mode & 0o777) for path in (done.folder, *done.files.values())]
    assert modes == ["0o750", *["0o640"] * 3]


def test_what_is_waived_is_not_said_to_have_passed(tmp_path: Path) -> None:
    document = healthy_run()
    name, own = next(iter(document["summary"]["by_target"].items()))
    own["counts"]["waived"] = document["summary"]["counts"]["waived"] = 1
    pages = written(tmp_path, document)
    passed = own["counts"]["pass"]
    assert f"{passed} checks passed, 1 waived" in text_of(pages["report.en.html"])
    assert f"{passed} 项检查通过，1 项已豁免" in text_of(pages["report.html"])
    assert "Every check passed but those waived (waived: 1;" in text_of(pages["report.en.html"]), name


def test_times_say_their_zone(tmp_path: Path) -> None:
    document = healthy_run()
    document["run"]["finished"] = "2026-03-16T23:00:00+00:00"
    assert "2026-03-16 23:00 UTC+00:00 · " in text_of(written(tmp_path, document)["report.html"])


def test_what_is_most_pressing_names_its_object(tmp_path: Path) -> None:
    document = sample_run()
    pressing = view.actions(document)[1]["finding"]
    bad = {"status": "fail", "observed": None, "limit": None, "reason": None}
    pressing["objects"], pressing["objects_bad"] = [{"object": "EMRPDB/SCOTT", **bad}], 2
    page = text_of(written(tmp_path, document)["report.en.html"])
    assert "EMRPDB/SCOTT +1" in page[page.index("What matters most now"):page.index("Contract basis")]


def test_figures_stand_in_one_order_also_when_they_come_from_the_archive(tmp_path: Path) -> None:
    """The archive keeps documents with their keys in alphabetical order."""
    first, again = sample_run(), json.loads(json.dumps(sample_run(), sort_keys=True))
    titles = [re.findall(r"<dt>(.*?)</dt>", written(tmp_path / name, document)["report.html"].decode())
              for name, document in (("first", first), ("again", again))]
    assert titles[0] == titles[1]
