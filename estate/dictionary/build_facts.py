# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pack the dictionary facts: ``python -m estate.dictionary.build_facts FOLDER``.

FOLDER holds the CSV files that NOTICE.md lists. One line a view goes to ``facts_data/columns.tsv.gz``; GV$ and CDB_
views that follow from their V$ and DBA_ twin are left out and derived when they are read.
"""

from __future__ import annotations

import csv
import gzip
import re
import sys
from collections.abc import Iterable
from pathlib import Path

DATA = Path(__file__).parent / "facts_data"
NAMES = {
    "sysmetric_names.csv": ("metric_name", "metric_unit"),
    "sysstat_names.csv": ("statistic_name", "class_number"),
    "wait_events.csv": ("event_name",),
    "wait_classes.csv": ("exact_v_dollar_name",),
    "resource_limit_names.csv": ("resource_name",),
    "system_privileges.csv": ("privilege", "since_version", "until_version", "any_privilege"),
    "oracle_maintained_roles.csv": ("role", "since_version", "until_version"),
    "oracle_accounts.csv": ("account", "kind"),
    "default_password_accounts.csv": ("account",),
}


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, each as column -> text."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def plain_type(text: str) -> str:
    """Bring a documented type into one spelling; object types read as text, XMLTYPE as CLOB."""
    text = " ".join(text.strip().rstrip(")").split()) + (")" if text.count("(") and text.strip().endswith(")") else "")
    text = re.sub(r"^RAW\(4 ?\| ?8\)$", "RAW(8)", text)
    text = re.sub(r"^(VARCHAR|CHAR2)\(", "VARCHAR2(", text)
    if text.startswith("XMLTYPE"):
        return "CLOB"
    known = r"(N?VARCHAR2|N?CHAR|NUMBER|DATE|TIMESTAMP|INTERVAL|N?CLOB|BLOB|RAW|LONG|U?ROWID|BINARY_|BOOLEAN|JSON)"
    return text if re.match(known, text) else "VARCHAR2(4000)"


def column_text(row: dict[str, str]) -> str:
    """One column as packed: ``name~type~since~until~nullable``, with empty fields at the end left out."""
    nullable = "N" if row["nullability"] == "NOT NULL" else ""
    since = "" if row["since_version"] == "11.2" else row["since_version"]
    return "~".join((row["column"], plain_type(row["datatype"]), since, row["until_version"], nullable)).rstrip("~")


def twin_of(view: str) -> tuple[str, str] | None:
    """The narrower twin that a GV$ or CDB_ view follows from, and the column it adds."""
    if view.startswith("GV$"):
        return "V$" + view[3:], "INST_ID"
    if view.startswith("CDB_"):
        return "DBA_" + view[4:], "CON_ID"
    return None


def since_12(texts: list[str], but: str) -> list[tuple[str, ...]]:
    """What tells columns apart from 12.1 on (a CDB_ view's columns all begin there)."""
    early = {"", "12.1"}
    split = [[*text.split("~"), "", "", ""][:5] for text in texts]
    return [(n, t, "" if s in early else s, u, k) for n, t, s, u, k in split if n != but]


def packed(views: dict[str, list[str]]) -> Iterable[str]:
    """One line for each view: its columns, or for the GV$ or CDB_ twin of another view only what it has more."""
    for view in sorted(views):
        base, extra = twin_of(view) or ("", "")
        if base not in views or since_12(views[view], extra) != since_12(views[base], extra):
            yield f"{view}\t" + "|".join(views[view])
            continue
        names = [text.split("~")[0] for text in views[view]]
        at = "same" if len(names) == len(views[base]) else "first" if names[0] == extra else "last"
        yield f"{view}\t={base}\t{at}\t{views[view][names.index(extra)]}"


def main(folder: Path) -> None:
    """Write ``facts_data`` from the CSV files in ``folder``; the same input gives the same bytes."""
    views: dict[str, list[str]] = {}
    for row in rows_of(folder / "oracle_dictionary.csv"):
        views.setdefault(row["view"], []).append(column_text(row))
    targets = {row["view"] for row in rows_of(folder / "views.csv") if row["is_target"] == "Y"}
    DATA.mkdir(exist_ok=True)
    text = "\n".join(packed(views)) + "\n"
    with (DATA / "columns.tsv.gz").open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as handle:
        handle.write(text.encode())
    (DATA / "targets.txt").write_text("\n".join(sorted(targets)) + "\n", encoding="utf-8")
    for name, wanted in NAMES.items():
        lines = ["\t".join(row[key].strip() for key in wanted) for row in rows_of(folder / name)]
        (DATA / name.replace(".csv", ".tsv")).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
