# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A diagnostic log on disk: its text and its log.xml, written together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from estate.hosts import adr

Entry = tuple[dt.datetime, str, str]        # when, text with its line ends, element of log.xml


class Appender:
    """Appends entries to a text log and to its log.xml. A stamp stands above the entries of one moment."""

    def __init__(self, text: Path, xml: Path, resolution: str = "microseconds") -> None:
        self.text, self.xml, self.resolution = text, xml, resolution
        self._last = ""

    def rewrite(self, entries: Iterable[Entry], header: str = "") -> None:
        """The files anew, in place so that who follows them keeps following."""
        self._last = ""
        self._write("w", entries, header)

    def append(self, entries: Iterable[Entry], header: str = "") -> None:
        """Add entries; files that somebody removed are begun again, as the server would."""
        self._write("a", entries, header)

    def _write(self, mode: str, entries: Iterable[Entry], header: str) -> None:
        text, xml = [header], []
        for when, lines, element in entries:
            label = when.isoformat(timespec=self.resolution)
            if label != self._last:
                text.append(adr.stamp(when) + "\n")
                self._last = label
            text.append(lines)
            xml.append(element)
        for path, parts in ((self.text, text), (self.xml, xml)):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open(mode, encoding="utf-8") as file:
                file.write("".join(parts))
