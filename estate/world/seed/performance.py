# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statistics, wait events, time model, operating system, memory, latches, resource limits: rates from which counters
grow."""

from __future__ import annotations

from estate.dictionary import facts
from estate.world.scenario import InstanceSpec, size
from estate.world.seed.base import GB, HOUR, Seed, number_of, table

WAIT_CLASSES = {
    "Other": (0, 1893977003), "Application": (1, 4217450380), "Configuration": (2, 3290255840),
    "Administrative": (3, 4166625743), "Concurrency": (4, 3875070507),
    "Commit": (5, 3386400367), "Idle": (6, 2723168908), "Network": (7, 2000153315), "User I/O": (8, 1740759767),
    "System I/O": (9, 4108307767), "Scheduler": (10, 2396326234),
    "Cluster": (11, 3871361733), "Queueing": (12, 644977587)}
BUSY = 0.28           # share of the CPUs in use at load 1
RESOURCES = (
    ("enqueue_locks", 60, "8890", "8890"), ("enqueue_resources", 48, "3480", " UNLIMITED"),
    ("dml_locks", 0, "2216", " UNLIMITED"), ("temporary_table_locks", 0, " UNLIMITED", " UNLIMITED"),
    ("transactions", 0, "554", " UNLIMITED"), ("branches", 0, "554", " UNLIMITED"),
    ("cmtcallbk", 1, "554", " UNLIMITED"), ("max_rollback_segments", 22, "554", "65535"),
    ("sort_segment_locks", 2, " UNLIMITED", " UNLIMITED"), ("k2q_locks", 0, "1108", " UNLIMITED"),
    ("max_shared_servers", 1, " UNLIMITED", " UNLIMITED"), ("parallel_max_servers", 0, "160", "32767"))
RAC_RESOURCES = (("ges_procs", 120, "1501", "1501"), ("ges_ress", 28000, "61000", " UNLIMITED"),
                 ("ges_locks", 19000, "94000", " UNLIMITED"), ("ges_cache_ress", 4000, "0", " UNLIMITED"),
                 ("ges_reg_msgs", 320, "4200", " UNLIMITED"), ("ges_big_msgs", 60, "3100", " UNLIMITED"),
                 ("gcs_resources", 900000, "3400000", " UNLIMITED"), ("gcs_shadows", 880000, "3400000", " UNLIMITED"))
SGA_PARTS = (("buffer_cache", None, 0.78), ("log_buffer", None, 0.001), ("fixed_sga", None, 0.0004),
             ("free memory", "shared pool", 0.03), ("SQLA", "shared pool", 0.055),
             ("KGLH0", "shared pool", 0.03), ("KGLHD", "shared pool", 0.02), ("db_block_hash_buckets", "shared pool",
                                                                              0.006), ("gcs resources", "shared pool",
                                                                                       0.01),
             ("free memory", "large pool", 0.02), ("PX msg pool", "large pool", 0.004),
             ("free memory", "java pool", 0.004), ("free memory", "streams pool", 0.004))
LATCHES = ("cache buffers chains", "shared pool", "redo allocation", "redo copy", "row cache objects",
           "session allocation", "cache buffers lru chain", "enqueue hash chains",
           "process allocation", "undo global data", "SQL memory manager workarea list latch", "messages",
           "session idle bit", "checkpoint queue latch", "simulator hash latch")
NAMESPACES = ("SQL AREA", "TABLE/PROCEDURE", "BODY", "TRIGGER", "INDEX", "CLUSTER", "SCHEMA", "EDITION",
              "ACCOUNT_STATUS")
ROW_CACHES = ("dc_objects", "dc_segments", "dc_users", "dc_tablespaces", "dc_histogram_data", "dc_histogram_defs",
              "dc_sequences", "dc_rollback_segments", "dc_profiles", "dc_object_grants")


def fill(seed: Seed) -> None:
    """Wait classes, metrics, and the counters that life goes on from."""
    for name, (number, identifier) in WAIT_CLASSES.items():
        seed.add("_WAITCLASS", {"WAIT_CLASS": name, "WAIT_CLASS#": number, "WAIT_CLASS_ID": identifier})
    for number, (name, kind, numerator, denominator, scale, short) in enumerate(_metrics(), 2000):
        seed.add("_METRIC", {"METRIC_ID": number, "METRIC_NAME": name, "METRIC_UNIT": _units()[name], "_KIND": kind,
                             "_NUM": numerator or None, "_DEN": denominator or None,
                             "_SCALE": float(scale), "_SHORT": int(short)})
    for instance in seed.spec.instances:
        _counters(seed, instance)
        _system(seed, instance)
        _memory(seed, instance)
        _resources(seed, instance)
        _latches(seed, instance)


def _units() -> dict[str, str]:
    return {row[0]: row[1] for row in facts.table("sysmetric_names")}


def _metrics() -> list[list[str]]:
    known = [row for row in table("metrics.tsv")]
    named = {row[0] for row in known}
    return known + [[name, "fixed", "", "", "0", "0"] for name in _units() if name not in named]


def _counters(seed: Seed, instance: InstanceSpec) -> None:
    rates = {row[0]: float(row[1]) * seed.load for row in table("statistics.tsv")}
    classes = {row[0]: int(row[1] or 0) for row in facts.table("sysstat_names")}
    classes.update({row[0]: int(row[2]) for row in table("statistics.tsv") if len(row) > 2})
    lived = instance.uptime * 0.62           # nights and weekends are quieter
    common = {"INST_ID": instance.number, "_SINCE": seed.now}
    for number, name in enumerate(sorted(classes, key=str.lower)):
        rate = rates.get(name, 0.0)
        if name.startswith(("gc ", "global ")) and not seed.spec.rac:
            rate = 0.0
        seed.add("_SYSSTAT", {**common, "STATISTIC#": number, "NAME": name, "CLASS": classes[name],
                              "STAT_ID": number_of(name), "_BASE": int(rate * lived), "_RATE": rate})
    events = {row[0]: row for row in table("events.tsv")}
    extra = [name[0] for name in facts.table("wait_events") if name[0] not in events]
    for number, name in enumerate(sorted([*events, *extra], key=str.lower)):
        _, kind, rate_text, micros = events.get(name, (name, "Other", "0", "0"))
        rate = float(rate_text) * (seed.load if kind != "Idle" else 1)
        if name.startswith("gc ") and not seed.spec.rac:
            rate = 0.0
        seed.add("_EVENT", {**common, "EVENT#": number, "EVENT": name, "EVENT_ID": number_of(name), "WAIT_CLASS": kind,
                            "_BASE": int(rate * lived), "_RATE": rate,
                            "_MICROS": float(micros), "_TIME": int(rate * lived) * float(micros)})


def _system(seed: Seed, instance: InstanceSpec) -> None:
    busy = instance.cpus * 100 * BUSY * min(1.0, 0.4 + seed.load * 0.6)
    lived = instance.uptime
    cumulative = {"BUSY_TIME": busy, "IDLE_TIME": instance.cpus * 100 - busy, "USER_TIME": busy * 0.78,
                  "SYS_TIME": busy * 0.22, "IOWAIT_TIME": busy * 0.03, "NICE_TIME": 0.0,
                  "RSRC_MGR_CPU_WAIT_TIME": 0.0, "VM_IN_BYTES": 0.0, "VM_OUT_BYTES": 0.0}
    gauges = {"NUM_CPUS": instance.cpus, "NUM_CPU_CORES": instance.cpus // 2, "NUM_CPU_SOCKETS": 2,
              "LOAD": round(instance.cpus * BUSY * 0.9, 2), "PHYSICAL_MEMORY_BYTES": instance.memory,
              "FREE_MEMORY_BYTES": int(instance.memory * 0.22), "INACTIVE_MEMORY_BYTES": int(instance.memory * 0.1),
              "SWAP_FREE_BYTES": 32 * GB, "GLOBAL_SEND_SIZE_MAX": 1048576,
              "GLOBAL_RECEIVE_SIZE_MAX": 4194304}
    for name, rate in cumulative.items():
        seed.add("_OSSTAT", {"INST_ID": instance.number, "NAME": name, "OSSTAT_ID": number_of(name) % 3000,
                             "COMMENTS": name.replace("_", " ").capitalize(), "CUMULATIVE": "YES",
                             "_BASE": int(rate * lived), "_RATE": rate, "_SINCE": seed.now})
    for name, value in gauges.items():
        seed.add("_OSSTAT", {"INST_ID": instance.number, "NAME": name, "OSSTAT_ID": number_of(name) % 3000,
                             "COMMENTS": name.replace("_", " ").capitalize(), "CUMULATIVE": "NO",
                             "_BASE": value, "_RATE": 0.0, "_SINCE": seed.now})
    model = {"DB time": 5.2e6, "DB CPU": 3.1e6, "background elapsed time": 4.1e5, "background cpu time": 1.6e5,
             "sql execute elapsed time": 4.7e6, "parse time elapsed": 1.2e5,
             "hard parse elapsed time": 6.2e4, "PL/SQL execution elapsed time": 3.4e5,
             "connection management call elapsed time": 4.1e4, "sequence load elapsed time": 2.2e3,
             "hard parse (sharing criteria) elapsed time": 900.0, "failed parse elapsed time": 310.0,
             "repeated bind elapsed time": 700.0, "PL/SQL compilation elapsed time": 400.0,
             "Java execution elapsed time": 0.0, "inbound PL/SQL rpc elapsed time": 0.0,
             "RMAN cpu time (backup/restore)": 9.0e3}
    for name, rate in model.items():
        scaled = rate * seed.load
        seed.add("_TIMEMODEL", {"INST_ID": instance.number, "NAME": name, "STAT_ID": number_of(name),
                                "_BASE": int(scaled * lived * 0.62), "_RATE": scaled, "_SINCE": seed.now})


def _memory(seed: Seed, instance: InstanceSpec) -> None:
    sga = size(seed.data["sga"])
    place = {"INST_ID": instance.number, "CON_ID": 0}
    for name, pool, share in SGA_PARTS:
        seed.add("GV$SGASTAT", {**place, "POOL": pool, "NAME": name, "BYTES": int(sga * share)})
    sizes = {"Fixed SGA Size": 9141616, "Redo Buffers": 134217728, "Buffer Cache Size": int(sga * 0.78) >> 26 << 26,
             "In-Memory Area Size": 0, "Shared Pool Size": int(sga * 0.17) >> 26 << 26,
             "Large Pool Size": int(sga * 0.024) >> 26 << 26, "Java Pool Size": 67108864,
             "Streams Pool Size": 67108864, "Shared IO Pool Size": 536870912,
             "Data Transfer Cache Size": 0, "Granule Size": 67108864, "Maximum SGA Size": sga,
             "Startup overhead in Shared Pool": 700000000}
    parts = ("Fixed SGA Size", "Redo Buffers", "Buffer Cache Size", "Shared Pool Size", "Large Pool Size",
             "Java Pool Size", "Streams Pool Size")
    sizes["Free SGA Memory Available"] = max(0, sga - sum(sizes[key] for key in parts))
    for name, value in sizes.items():
        seed.add("GV$SGAINFO", {**place, "NAME": name, "BYTES": value,
                                "RESIZEABLE": "Yes" if name.endswith(("Cache Size", "Pool Size")) else "No"})
    target, fixed = size(seed.data["pga"]["target"]), {"INST_ID": instance.number}
    values = {"aggregate PGA target parameter": (target, "bytes"),
              "aggregate PGA auto target": (int(target * 0.8), "bytes"), "global memory bound": (1073741824, "bytes"),
              "total PGA inuse": (0, "bytes"), "total PGA allocated": (0, "bytes"),
              "maximum PGA allocated": (int(target * 0.55), "bytes"),
              "total freeable PGA memory": (int(target * 0.02), "bytes"), "MGA allocated (under PGA)": (0, "bytes"),
              "maximum MGA allocated": (0, "bytes"), "process count": (0, None),
              "max processes count": (int(seed.data["processes"] * 0.6), None),
              "PGA memory freed back to OS": (int(9e12 * seed.load), "bytes"),
              "total PGA used for auto workareas": (int(target * 0.01), "bytes"),
              "maximum PGA used for auto workareas": (int(target * 0.2), "bytes"),
              "total PGA used for manual workareas": (0, "bytes"),
              "maximum PGA used for manual workareas": (0, "bytes"), "over allocation count": (0, None),
              "bytes processed": (int(4e14 * seed.load), "bytes"),
              "extra bytes read/written": (int(1.5e12 * seed.load), "bytes"),
              "cache hit percentage": (99.62, "percent"),
              "recompute count (total)": (900000, None)}
    for name, (amount, unit) in values.items():
        seed.add("_PGA", {**fixed, "NAME": name, "VALUE": amount, "UNIT": unit})


def _resources(seed: Seed, instance: InstanceSpec) -> None:
    processes = int(seed.data["processes"])
    main = (("processes", 0, str(processes), str(processes)), ("sessions", 0, "0", "0"))
    for name, current, initial, limit in (*main, *RESOURCES, *(RAC_RESOURCES if seed.spec.rac else ())):
        peak = {"processes": int(processes * 0.52), "sessions": int(processes * 0.55)}.get(name, int(current * 1.4) + 2)
        seed.add("_RESOURCE", {"INST_ID": instance.number, "RESOURCE_NAME": name, "CURRENT_UTILIZATION": current,
                               "MAX_UTILIZATION": peak, "INITIAL_ALLOCATION": initial.rjust(10),
                               "LIMIT_VALUE": limit.rjust(10)})


def _latches(seed: Seed, instance: InstanceSpec) -> None:
    lived = instance.uptime / HOUR
    for number, name in enumerate(LATCHES):
        gets = int(4e6 * seed.load * lived / (number + 1))
        seed.add("GV$LATCH", {"INST_ID": instance.number, "LATCH#": number + 1, "NAME": name, "LEVEL#": 1,
                              "HASH": number_of(name), "GETS": gets, "MISSES": gets // 9000,
                              "SLEEPS": gets // 400000, "IMMEDIATE_GETS": gets // 10,
                              "IMMEDIATE_MISSES": gets // 100000, "SPIN_GETS": gets // 9100, "WAIT_TIME": gets // 900,
                              "CON_ID": 0})
    for name in NAMESPACES:
        gets = int(9e5 * seed.load * lived)
        seed.add("GV$LIBRARYCACHE", {"INST_ID": instance.number, "NAMESPACE": name, "GETS": gets,
                                     "GETHITS": int(gets * 0.985), "GETHITRATIO": 0.985, "PINS": gets * 4,
                                     "PINHITS": int(gets * 4 * 0.995), "PINHITRATIO": 0.995, "RELOADS": gets // 5000,
                                     "INVALIDATIONS": gets // 60000, "CON_ID": 0})
    for number, name in enumerate(ROW_CACHES):
        gets = int(7e5 * seed.load * lived / (number + 1))
        seed.add("GV$ROWCACHE", {"INST_ID": instance.number, "CACHE#": number, "TYPE": "PARENT", "PARAMETER": name,
                                 "COUNT": 900, "USAGE": 880, "GETS": gets,
                                 "GETMISSES": gets // 400, "MODIFICATIONS": gets // 900, "CON_ID": 0})
