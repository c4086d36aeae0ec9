# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tablespaces, files, segments, undo, temporary space, disk groups, encryption."""

from __future__ import annotations

from typing import Any

from estate.world.scenario import size
from estate.world.seed.base import BLOCK, GB, MB, Seed

SMALLFILE_MAX = 34359721984
SYSTEM_SHARE = {"SYSTEM": [("SYS", "SOURCE$", "TABLE", 0.3), ("SYS", "IDL_UB1$", "TABLE", 0.25),
                           ("SYS", "C_OBJ#", "CLUSTER", 0.2), ("SYS", "C_TOID_VERSION#", "CLUSTER", 0.1),
                           ("SYS", "I_COL1", "INDEX", 0.05), ("SYS", "ARGUMENT$", "TABLE", 0.05),
                           ("SYS", "JAVA$MC$", "TABLE", 0.05)],
                "SYSAUX": [("SYS", "WRH$_ACTIVE_SESSION_HISTORY", "TABLE PARTITION", 0.25),
                           ("SYS", "WRH$_SQLSTAT", "TABLE PARTITION", 0.1), ("SYS", "WRH$_SYSSTAT", "TABLE PARTITION",
                                                                             0.1),
                           ("SYS", "WRI$_OPTSTAT_HISTGRM_HISTORY", "TABLE PARTITION", 0.15),
                           ("SYS", "WRH$_SQL_PLAN", "TABLE", 0.1), ("XDB", "XDB$RESOURCE", "TABLE", 0.05),
                           ("AUDSYS", "AUD$UNIFIED", "TABLE PARTITION", 0.15), ("SYS", "SYS_LOB0000008953C00004$$",
                                                                                "LOBSEGMENT", 0.1)]}


def fill(seed: Seed) -> None:
    """Tablespaces, files, segments, control files, ASM disk groups and the wallet."""
    builder = Builder(seed)
    for con_id in seed.spec.containers:
        builder.system(con_id)
    for item in seed.data["tablespaces"]:
        builder.tablespace(item)
    for con_id in seed.spec.containers:
        builder.users_tablespace(con_id)
    builder.segments()
    builder.control_files()
    _disk_groups(seed)
    _wallet(seed)


class Builder:
    """Numbers files and tablespaces as they are made."""

    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        self.file, self.temp_file, self.segment = 0, 0, 0
        self.numbers = dict.fromkeys(seed.spec.containers, -1)
        self.free: dict[tuple[int, str], int] = {}

    def folder(self, con_id: int) -> str:
        """Where a container's data files are."""
        files = str(self.seed.data["files"])
        name = next((p["name"] for p in self.seed.data.get("pdbs", []) if int(p["con_id"]) == con_id), None)
        return f"{files}/{name}" if name else files

    def path(self, con_id: int, name: str, number: int) -> str:
        """The name of a data file, as ASM or a file system has it; ``number`` counts within the tablespace."""
        folder = self.folder(con_id)
        if folder.startswith("+"):
            return f"{folder}/{name.lower()}.{260 + self.file + self.temp_file * 100}.{1047000000 + self.file * 37}"
        return f"{folder}/{name.lower()}{number:02d}.dbf"

    def system(self, con_id: int) -> None:
        """SYSTEM, SYSAUX, undo and temporary tablespaces."""
        data, small = self.seed.data, con_id > 1
        self._make(con_id, "SYSTEM", "PERMANENT", [4 * GB if not small else 2 * GB], SMALLFILE_MAX, "SYSTEM")
        self._make(con_id, "SYSAUX", "PERMANENT", [10 * GB if not small else 6 * GB], SMALLFILE_MAX, "ONLINE")
        for instance in self.seed.spec.instances:
            total = size(data["undo"]) // (4 if con_id == 1 else 1)
            name = f"UNDOTBS{instance.number}"
            self._make(con_id, name, "UNDO", _split(total, max(1, -(-total // (30 * GB)))), 0, "ONLINE")
            self._undo(con_id, name, instance.number, total)
        self._temp(con_id, size(data["temp"]) // (8 if con_id == 1 else 1))
        for owner_rows, name in ((SYSTEM_SHARE["SYSTEM"], "SYSTEM"), (SYSTEM_SHARE["SYSAUX"], "SYSAUX")):
            used = int(self.free[(con_id, name)] * 0.45)
            for owner, segment, kind, share in owner_rows:
                self._segment(con_id, owner, segment, kind, name, used * share, 0.2)

    def users_tablespace(self, con_id: int) -> None:
        """USERS, with one file of 1 GB."""
        self._make(con_id, "USERS", "PERMANENT", [1 * GB], SMALLFILE_MAX, "ONLINE")

    def tablespace(self, item: dict[str, Any]) -> None:
        """One tablespace of the scenario."""
        con_id = self.seed.spec.container(item.get("container"))
        total, files = size(item["size"]), int(item.get("files", 1))
        big = bool(item.get("bigfile"))
        limit = size(item["max"]) // files if "max" in item else 0
        if limit and not big:
            limit = min(limit, SMALLFILE_MAX)
        self._make(con_id, item["name"], "PERMANENT", _split(total, files), limit, "ONLINE", big=big,
                   encrypted=bool(item.get("encrypted")))
        self.free[(con_id, item["name"])] = int(total * float(item["used"]) / 100)

    def _make(self, con_id: int, name: str, contents: str, sizes: list[int], limit: int, status: str, *,
              big: bool = False, encrypted: bool = False) -> None:
        self.numbers[con_id] += 1
        number = self.numbers[con_id]
        self.seed.add("CDB_TABLESPACES", tablespace_row(con_id, name, contents, big=big, encrypted=encrypted))
        for index, length in enumerate(sizes, 1):
            self.file += 1
            grows = limit > length
            self.seed.add("_DATAFILE", {
                "CON_ID": con_id, "FILE#": self.file, "TABLESPACE_NAME": name, "TS#": number,
                "NAME": self.path(con_id, name, index), "BYTES": length,
                "MAXBYTES": limit if grows else 0, "INCREMENT_BY": 256 * MB if grows else 0,
                "AUTOEXTENSIBLE": "YES" if grows else "NO", "STATUS": status,
                "CREATION_TIME": self.seed.created, "CREATION_CHANGE#": 1600 + self.file * 411,
                "ENCRYPTED": "YES" if encrypted else "NO",
                "_READ_SHARE": 0.02 if contents != "PERMANENT" or name in SYSTEM_SHARE else 1.0})
        self.free[(con_id, name)] = sum(sizes)

    def _undo(self, con_id: int, name: str, number: int, total: int) -> None:
        """Ten undo segments; 6 % of the tablespace is needed, 14 % has expired."""
        first = next(row["FILE#"] for row in self.seed.tables["_DATAFILE"] if row["TABLESPACE_NAME"] == name
                     and row["CON_ID"] == con_id)
        sizes = {"ACTIVE": total // 2000, "UNEXPIRED": total * 6 // 1000, "EXPIRED": total * 14 // 1000}
        block = 128
        for segment in range(10):
            usn = (number - 1) * 10 + segment + 1
            for extent, (status, length) in enumerate(sizes.items()):
                if status == "ACTIVE" and segment > 2:
                    continue
                length = length // (64 * 1024) * (64 * 1024)
                self.seed.add("CDB_UNDO_EXTENTS", {
                    "OWNER": "SYS", "SEGMENT_NAME": f"_SYSSMU{usn}_{3000000 + usn * 7919}$", "TABLESPACE_NAME": name,
                    "EXTENT_ID": extent, "FILE_ID": first, "BLOCK_ID": block,
                    "BYTES": length, "BLOCKS": length // BLOCK, "RELATIVE_FNO": first, "STATUS": status,
                    "CON_ID": con_id})
                block += length // BLOCK

    def _temp(self, con_id: int, total: int) -> None:
        self.numbers[con_id] += 1
        self.seed.add("CDB_TABLESPACES", tablespace_row(con_id, "TEMP", "TEMPORARY"))
        for index, length in enumerate(_split(total, max(1, -(-total // (32 * GB - 64 * MB)))), 1):
            self.temp_file += 1
            self.seed.add("_TEMPFILE", {
                "CON_ID": con_id, "FILE#": self.temp_file, "TABLESPACE_NAME": "TEMP", "TS#": self.numbers[con_id],
                "NAME": self.path(con_id, "temp", index), "BYTES": length,
                "MAXBYTES": 0, "INCREMENT_BY": 0, "AUTOEXTENSIBLE": "NO", "CREATION_TIME": self.seed.created})

    def segments(self) -> None:
        """Tables, indexes and LOBs of the schemas; each tablespace is used as far as the scenario says."""
        for (con_id, name), parts in self._shares().items():
            whole, budget = sum(part[3] for part in parts), self.free[(con_id, name)]
            for owner, segment, kind, weight in parts:
                self._segment(con_id, owner, segment, kind, name, budget * weight / whole, weight / whole)

    def _shares(self) -> dict[tuple[int, str], list[tuple[str, str, str, float]]]:
        shares: dict[tuple[int, str], list[tuple[str, str, str, float]]] = {}
        for owner, schema in self.seed.data["schemas"].items():
            con_id = self.seed.spec.container(schema.get("container"))
            for table, weight in schema.get("tables", {}).items():
                shares.setdefault((con_id, schema["data"]), []).append((owner, table, "TABLE", float(weight)))
                for suffix, part in (("PK", 0.5), ("IX1", 0.5)):
                    shares.setdefault((con_id, schema.get("index", schema["data"])),
                                      []).append((owner, f"{table}_{suffix}", "INDEX", float(weight) * part))
            for number, (table, weight) in enumerate(schema.get("lobs", {}).items()):
                place = (con_id, schema["lob"])
                shares.setdefault(place, []).append((owner, f"SYS_LOB{90000 + number * 13:010d}C00005$$", "LOBSEGMENT",
                                                     float(weight)))
                shares[place].append((owner, f"SYS_IL{90000 + number * 13:010d}C00005$$", "LOBINDEX",
                                      float(weight) * 0.01))
                shares.setdefault((con_id, schema["data"]), []).append((owner, table, "TABLE", 0.4))
        return shares

    def _segment(self, con_id: int, owner: str, name: str, kind: str, tablespace: str, length: float,
                 heat: float) -> None:
        self.segment += 1
        rounded = max(65536, int(length) // MB * MB)
        busy = self.seed.load * heat * (0.2 if kind == "LOBSEGMENT" else 1.0)
        self.seed.add("_SEGMENT", {
            "ID": self.segment, "CON_ID": con_id, "OWNER": owner, "SEGMENT_NAME": name,
            "PARTITION_NAME": "P1" if "PARTITION" in kind else None, "SEGMENT_TYPE": kind,
            "TABLESPACE_NAME": tablespace, "BYTES": rounded, "_GETS": round(60000 * busy, 2),
            "_READS": round(400 * busy * (0.4 if kind == "INDEX" else 1), 2)})

    def control_files(self) -> None:
        """Control files, and each data file's share of all reads."""
        fra = str(self.seed.data["fra"]["dest"])
        for path in self.seed.data["control_files"]:
            self.seed.add("V$CONTROLFILE", {"STATUS": None, "NAME": path,
                                            "IS_RECOVERY_DEST_FILE": "YES" if path.startswith(fra) else "NO",
                                            "BLOCK_SIZE": 16384, "FILE_SIZE_BLKS": 1250, "CON_ID": 0})
        files = self.seed.tables["_DATAFILE"]
        whole = sum(row["_READ_SHARE"] for row in files)
        for row in files:
            row["_READ_SHARE"] = round(row["_READ_SHARE"] / whole, 6)


def _split(total: int, parts: int) -> list[int]:
    each = total // parts // MB * MB
    return [each] * (parts - 1) + [(total - each * (parts - 1)) // MB * MB]


def tablespace_row(con_id: int, name: str, contents: str, *, big: bool = False,
                   encrypted: bool = False) -> dict[str, Any]:
    """A row of CDB_TABLESPACES with the defaults of CREATE TABLESPACE."""
    temporary = contents == "TEMPORARY"
    return {
        "TABLESPACE_NAME": name, "BLOCK_SIZE": BLOCK, "INITIAL_EXTENT": 1048576 if temporary else 65536,
        "NEXT_EXTENT": 1048576 if temporary else None, "MIN_EXTENTS": 1,
        "MAX_EXTENTS": None if temporary else 2147483645, "MAX_SIZE": 2147483645,
        "PCT_INCREASE": 0 if temporary else None, "MIN_EXTLEN": 1048576 if temporary else 65536,
        "STATUS": "ONLINE", "CONTENTS": contents, "LOGGING": "NOLOGGING" if temporary else "LOGGING",
        "FORCE_LOGGING": "NO", "EXTENT_MANAGEMENT": "LOCAL",
        "ALLOCATION_TYPE": "UNIFORM" if temporary else "SYSTEM", "PLUGGED_IN": "NO",
        "SEGMENT_SPACE_MANAGEMENT": "AUTO" if contents == "PERMANENT" and name != "SYSTEM" else "MANUAL",
        "DEF_TAB_COMPRESSION": "DISABLED",
        "RETENTION": "NOGUARANTEE" if contents == "UNDO" else "NOT APPLY", "BIGFILE": "YES" if big else "NO",
        "PREDICATE_EVALUATION": "HOST",
        "ENCRYPTED": "YES" if encrypted else "NO", "DEF_INMEMORY": "DISABLED", "SHARED": "SHARED",
        "DEF_INDEX_COMPRESSION": "DISABLED", "LOST_WRITE_PROTECT": "OFF",
        "CHUNK_TABLESPACE": "N", "CON_ID": con_id}


def _disk_groups(seed: Seed) -> None:
    for number, group in enumerate(seed.data.get("asm", []), 1):
        copies = {"EXTERN": 1, "NORMAL": 2, "HIGH": 3}[group["type"]]
        seed.add("_ASM_GROUP", {"GROUP_NUMBER": number, "NAME": group["name"], "TYPE": group["type"],
                                "STATE": "CONNECTED", "ALLOCATION_UNIT_SIZE": 4 * MB,
                                "_COPIES": copies, "_OTHER_MB": size(group["other"]) // MB})
        for disk in range(int(group["disks"])):
            seed.add("_ASM_DISK", {
                "GROUP_NUMBER": number, "DISK_NUMBER": disk, "NAME": f"{group['name']}_{disk:04d}",
                "FAILGROUP": f"FG{disk % 3 + 1}", "PATH": f"/dev/asm/{group['name'].lower()}{disk:02d}",
                "TOTAL_MB": size(group["disk_size"]) // MB, "MODE_STATUS": "ONLINE", "MOUNT_STATUS": "CACHED",
                "STATE": "NORMAL", "HEADER_STATUS": "MEMBER", "READ_ERRS": 0,
                "WRITE_ERRS": 0, "REPAIR_TIMER": 0, "_READS": 60 * seed.load, "_WRITES": 30 * seed.load})


def _wallet(seed: Seed) -> None:
    wallet = seed.data.get("wallet")
    for instance in seed.spec.instances:
        for con_id in seed.spec.containers:
            seed.add("GV$ENCRYPTION_WALLET", {
                "INST_ID": instance.number, "WRL_TYPE": "FILE",
                "WRL_PARAMETER": (wallet["location"] + "/" if con_id < 2 else None) if wallet
                else f"/u01/app/oracle/admin/{seed.spec.name}/wallet", "STATUS": "OPEN" if wallet else "NOT_AVAILABLE",
                "WALLET_TYPE": wallet["type"] if wallet else "UNKNOWN",
                "WALLET_ORDER": "SINGLE", "KEYSTORE_MODE": "NONE" if con_id < 2 else "UNITED",
                "FULLY_BACKED_UP": "YES" if wallet else "UNDEFINED", "CON_ID": con_id})
