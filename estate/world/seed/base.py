# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the areas of seeding share: the tables so far, times, repeatable chance."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from estate.world.clock import date_text
from estate.world.scenario import DatabaseSpec

DATA = Path(__file__).parent.parent / "data"
BLOCK = 8192
MB = 1 << 20
GB = 1 << 30
DAY = 86400.0
HOUR = 3600.0
ALPHABET = "0123456789abcdfghjkmnpqrstuvwxyz"


class Seed:
    """One database being seeded. ``tables`` maps a table's name to its rows; ``scn_at`` gives the SCN of a moment."""

    def __init__(self, spec: DatabaseSpec, now: float) -> None:
        self.spec, self.data, self.now = spec, spec.data, now
        self.random = random.Random(spec.name)  # noqa: S311 (repeatable figures, no secret)
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self.load = float(spec.data.get("load", 0.2))
        self.scn_rate = 900.0 * self.load + 60
        self.scn_now = 1_600_000 + int(self.scn_rate * self.created_seconds)

    @property
    def created_seconds(self) -> float:
        """Age of the database in seconds."""
        from estate.world.scenario import age

        return age(self.data["created"])

    @property
    def created(self) -> str:
        """When the database was made: a stored date."""
        return date_text(self.now - self.created_seconds)

    @property
    def unique(self) -> str:
        """DB_UNIQUE_NAME."""
        return self.spec.name

    def add(self, table: str, *rows: dict[str, Any]) -> None:
        """Add rows to a table; columns that a row leaves out are NULL."""
        self.tables.setdefault(table, []).extend(rows)

    def ago(self, seconds: float) -> str:
        """A DATE that many seconds before now."""
        return date_text(self.now - seconds)

    def scn_at(self, epoch: float) -> int:
        """The SCN at a moment (epoch seconds), from today's SCN and its rate."""
        return max(1, self.scn_now - int(self.scn_rate * (self.now - epoch)))

    def midnight(self, days: int = 0) -> float:
        """Epoch of local midnight, some days before today."""
        return (self.now + 8 * HOUR) // DAY * DAY - 8 * HOUR - days * DAY


def table(name: str) -> Iterator[list[str]]:
    """Fields of the lines of a data file."""
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def number_of(text: str) -> int:
    """A repeatable 32-bit number of a name (event ids, statistic ids, hashes)."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def sql_id(text: str) -> tuple[str, int]:
    """SQL_ID and HASH_VALUE of a statement's text, as Oracle derives them from its MD5."""
    digest = hashlib.md5(text.encode() + b"\0", usedforsecurity=False).digest()
    high, low = int.from_bytes(digest[8:12], "little"), int.from_bytes(digest[12:16], "little")
    value = (high << 32) | low
    letters = [ALPHABET[value >> shift & 31] for shift in range(60, -1, -5)]
    return "".join(letters), low


def hash_of_id(identifier: str) -> int:
    """HASH_VALUE of a SQL_ID: its low 32 bits."""
    value = 0
    for letter in identifier:
        value = value * 32 + max(0, ALPHABET.find(letter))
    return value & 0xFFFFFFFF
