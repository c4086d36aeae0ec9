# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults of instances: states, limits, memory, CPU, clock, dictionary, jobs, services."""

from __future__ import annotations

from estate.faults.base import FaultError, fault
from estate.faults.common_rows import alert, application, session
from estate.faults.edit import Edit

READABLE = "instance.readable"
# What is read in a session of each instance is unknown where one of them cannot be reached.
PER_INSTANCE = ("instance.clock_skew", "logs.alert_errors", "logs.checkpoint_incomplete", "logs.deadlocks",
                "logs.retention")
MACHINES = ("his-app", "his-opd", "his-ipd", "his-lab", "his-pha", "his-fin")


@fault("instance.status", kinds=("rac",), consequences=PER_INSTANCE,
       zh="RAC 的一个节点实例已停，服务由其余节点承担")
def rac_instance_lost(edit: Edit, instance: int = 2) -> None:
    """One RAC node's instance is gone; the service runs on the others."""
    edit.stage(instance, "DOWN")
    edit.delete("GV$ACTIVE_SERVICES", "INST_ID = ?", instance)
    other = next(number for number in edit.instances() if number != instance)
    alert(edit, f"Reconfiguration started (old inc 6, new inc 8)\nList of instances (total 1) :\n {other}\n"
                f"Dead instances (total 1) :\n {instance}", 1800, other)


@fault("instance.unexpected_restart", kinds=("rac",), consequences=("logs.alert_errors",),
       zh="节点因心跳超时被集群驱逐后重新加入")
def instance_eviction(edit: Edit, instance: int = 2, minutes: int = 25) -> None:
    """A node was evicted by the cluster for a lost heartbeat and has rejoined."""
    seconds = minutes * 60
    for number in edit.instances():
        alert(edit, "Evicting instance 2 from cluster\nWaiting for instances to leave: 2", seconds + 120, number)
    alert(edit, "Errors in file: ORA-29740: evicted by instance number 1, group incarnation 8", seconds + 100, instance)
    edit.update("_INSTANCE", {"_STARTED": edit.now() - seconds}, "INST_ID = ?", instance)


@fault(READABLE, kinds=("single",), zh="实例处于受限模式，巡检账号无法登录（ORA-01035）")
def restricted_login(edit: Edit) -> None:
    """The instance is in restricted mode: the inspector cannot log in (ORA-01035)."""
    edit.update("_INSTANCE", {"LOGINS": "RESTRICTED"}, "1 = 1")


@fault("instance.restricted", kinds=("rac",), consequences=PER_INSTANCE,
       zh="实例处于受限模式，普通用户无法登录（ORA-01035）")
def restricted_session(edit: Edit) -> None:
    """The instance is in restricted mode: ordinary users get ORA-01035."""
    edit.update("_INSTANCE", {"LOGINS": "RESTRICTED"}, "INST_ID = ?", edit.instances()[0])


@fault("instance.open_mode", zh="主库以只读方式打开，业务写入报 ORA-16000")
def opened_read_only(edit: Edit) -> None:
    """The primary is open read only: writes fail with ORA-16000."""
    edit.update("_DATABASE", {"OPEN_MODE": "READ ONLY"}, "1 = 1")


@fault("instance.pdb_open", kinds=("cdb",),
       zh="PDB 处于 MOUNTED，业务无法连接（ORA-01109）")
def pdb_closed(edit: Edit) -> None:
    """The PDB is only mounted: its users get ORA-01109."""
    con_id = edit.container()
    edit.update("_CONTAINER", {"OPEN_MODE": "MOUNTED", "RESTRICTED": None}, "CON_ID = ?", con_id)
    edit.delete("_SESSION", "CON_ID = ? AND TYPE = 'USER'", con_id)


@fault("instance.pdb_open", kinds=("cdb",), zh="PDB 以受限模式打开（通常是补丁未完成）")
def pdb_restricted(edit: Edit) -> None:
    """The PDB is open in restricted mode, as an unfinished patch leaves it."""
    edit.update("_CONTAINER", {"RESTRICTED": "YES"}, "CON_ID = ?", edit.container())


@fault("instance.unexpected_restart", zh="实例几分钟前异常重启")
def instance_restarted(edit: Edit, minutes: int = 12) -> None:
    """The instance restarted some minutes ago without a plan."""
    instance = edit.instances()[0]
    edit.update("_INSTANCE", {"_STARTED": edit.now() - minutes * 60}, "INST_ID = ?", instance)
    alert(edit, "Starting ORACLE instance (normal) (OS id: 20417)", minutes * 60, instance)


@fault("instance.process_limit",
       zh="进程数接近 processes 上限，新连接将报 ORA-00020")
def process_exhaustion(edit: Edit, percent: int = 96) -> None:
    """Processes are near the limit: new connections will get ORA-00020."""
    instance = edit.instances()[0]
    limit = int(edit.value("SELECT LIMIT_VALUE FROM {GV$RESOURCE_LIMIT} WHERE RESOURCE_NAME = 'processes' "
                           "AND INST_ID = ?", instance))
    present = int(edit.value("SELECT count(*) FROM {GV$PROCESS} WHERE INST_ID = ?", instance))
    for number in range(max(0, limit * percent // 100 - present)):
        session(edit, instance, MACHINE=f"{MACHINES[number % 6]}{number % 60:02d}", LOGON_TIME=edit.local(900),
                PROCESS=str(20000 + number), _CALL=edit.now() - 30, _PGA=2 << 20)


@fault("instance.session_limit",
       zh="会话数接近 sessions 上限，新连接将报 ORA-00018")
def session_exhaustion(edit: Edit, percent: int = 94) -> None:
    # The application grew beyond a limit that nobody raised with it.
    """Sessions are near the limit: new connections will get ORA-00018."""
    instance = edit.instances()[0]
    count = int(edit.value("SELECT count(*) FROM {GV$SESSION} WHERE INST_ID = ?", instance))
    limit = str(count * 100 // percent)
    edit.update("GV$SYSTEM_PARAMETER", {"VALUE": limit, "DISPLAY_VALUE": limit}, "NAME = 'sessions' AND INST_ID = ?",
                instance)


@fault("instance.resource_limits", zh="DML 锁资源接近上限，将报 ORA-00055")
def enqueue_exhaustion(edit: Edit, percent: int = 95) -> None:
    """DML locks are near their limit: ORA-00055 is next."""
    instance = edit.instances()[0]
    row = edit.rows("GV$RESOURCE_LIMIT", "RESOURCE_NAME = 'dml_locks' AND INST_ID = ?", instance)[0]
    limit = int(row["INITIAL_ALLOCATION"])
    edit.update("_RESOURCE", {"LIMIT_VALUE": f"{limit:10d}", "CURRENT_UTILIZATION": limit * percent // 100,
                              "MAX_UTILIZATION": limit * percent // 100},
                "RESOURCE_NAME = 'dml_locks' AND INST_ID = ?", instance)


@fault("instance.dead_processes", zh="存在没有会话的服务器进程（僵死进程）")
def dead_processes(edit: Edit, count: int = 14) -> None:
    """Server processes are left without a session."""
    instance = edit.instances()[0]
    top = int(edit.value("SELECT max(PID) FROM {GV$PROCESS} WHERE INST_ID = ?", instance))
    host = edit.value("SELECT HOST_NAME FROM {_INSTANCE} WHERE INST_ID = ?", instance)
    for number in range(1, count + 1):
        edit.insert("_PROCESS", {"INST_ID": instance, "PID": top + 400 + number, "SPID": str(18000 + number),
                                 "USERNAME": "oracle",
                                 "SERIAL#": 11, "TERMINAL": "UNKNOWN", "PROGRAM": f"oracle@{host}", "_PGA": 6 << 20})


@fault("instance.pga_limit", zh="一个会话占用大量 PGA，总量逼近 pga_aggregate_limit（ORA-04036）")
def pga_leak(edit: Edit, percent: int = 96) -> None:
    """One session holds most of the PGA: the total nears pga_aggregate_limit (ORA-04036)."""
    instance = edit.instances()[0]
    limit = int(edit.parameter("pga_aggregate_limit") or 0)
    if not limit:
        raise FaultError(f"{edit.database.name} has no pga_aggregate_limit, so the PGA cannot near it.")
    present = int(edit.value("SELECT VALUE FROM {GV$PGASTAT} WHERE NAME = 'total PGA allocated' AND INST_ID = ?",
                             instance))
    session(edit, instance, PROGRAM="report.exe", MODULE="月结报表",
            _PGA=max(4 << 20, limit * percent // 100 - present))


@fault("instance.host_cpu", zh="主机 CPU 持续超过 90%")
def cpu_overload(edit: Edit, percent: int = 93) -> None:
    """The host's CPU has been above 90 % for a long time."""
    instance = edit.instances()[0]
    rates = {row["NAME"]: row["_RATE"] for row in edit.rows("_OSSTAT", "INST_ID = ?", instance)}
    total = rates["BUSY_TIME"] + rates["IDLE_TIME"]
    for name, share in (("BUSY_TIME", percent), ("USER_TIME", percent * 0.9), ("IDLE_TIME", 100 - percent)):
        edit.rate("_OSSTAT", name, total * share / 100, instance)


@fault("instance.clock_skew", zh="数据库主机时钟与标准时间相差数分钟")
def clock_skew(edit: Edit, seconds: float = 420.0) -> None:
    """The database host's clock is minutes away from true time."""
    clock = edit.database.clock
    edit.assign(clock, "offset", clock.offset + seconds)


@fault("instance.components", zh="数据字典组件失效（DBA_REGISTRY 为 INVALID）")
def component_invalid(edit: Edit, component: str = "XDB") -> None:
    """A dictionary component is INVALID in DBA_REGISTRY."""
    chosen = edit.value("SELECT COMP_ID FROM {CDB_REGISTRY} ORDER BY COMP_ID = ? DESC, COMP_ID DESC LIMIT 1", component)
    edit.update("CDB_REGISTRY", {"STATUS": "INVALID"}, "COMP_ID = ? AND CON_ID = ?", chosen, edit.container())


@fault("instance.invalid_objects", zh="发布后业务存储过程编译失效")
def invalid_objects(edit: Edit, count: int = 14) -> None:
    """Application procedures are invalid after a release."""
    owner, con_id = application(edit)["USERNAME"], edit.container()
    number = int(edit.value("SELECT coalesce(max(OBJECT_ID), 70000) FROM {CDB_OBJECTS} WHERE CON_ID = ?", con_id))
    for item in range(1, count + 1):
        edit.insert("CDB_OBJECTS", {
            "OWNER": owner, "OBJECT_NAME": f"PRC_CHARGE_{item:02d}", "OBJECT_ID": number + item,
            "OBJECT_TYPE": "PROCEDURE",
            "CREATED": edit.local(86400 * 400), "LAST_DDL_TIME": edit.local(3600),
            "TIMESTAMP": edit.local(3600).replace(" ", ":"),
            "STATUS": "INVALID", "TEMPORARY": "N", "GENERATED": "N", "SECONDARY": "N", "NAMESPACE": 1,
            "SHARING": "NONE",
            "ORACLE_MAINTAINED": "N", "CON_ID": con_id})


@fault("instance.sequence_limit", zh="编号序列按旧的列宽设了 MAXVALUE，即将用尽（ORA-08004）")
def sequence_nearly_used_up(edit: Edit, used_pct: float = 97.0, maximum: int = 9999999) -> None:
    """A sequence with the MAXVALUE of an old column width is nearly used up: ORA-08004 is next."""
    for row in edit.rows("_SEQUENCE", "CON_ID = ? ORDER BY SEQUENCE_OWNER, SEQUENCE_NAME LIMIT 1", edit.container()):
        edit.update("_SEQUENCE", {"MAX_VALUE": maximum, "LAST_NUMBER": 1 + int((maximum - 1) * used_pct / 100)},
                    "CON_ID = ? AND SEQUENCE_OWNER = ? AND SEQUENCE_NAME = ?",
                    row["CON_ID"], row["SEQUENCE_OWNER"], row["SEQUENCE_NAME"])


@fault("instance.failed_jobs", zh="定时任务执行失败")
def scheduler_job_failed(edit: Edit, count: int = 3) -> None:
    """A scheduler job failed."""
    owner, con_id = application(edit)["USERNAME"], edit.container()
    number = int(edit.value("SELECT coalesce(max(LOG_ID), 1000) FROM {CDB_SCHEDULER_JOB_RUN_DETAILS}"))
    for item in range(1, count + 1):
        ago = 3600.0 * item
        edit.insert("CDB_SCHEDULER_JOB_RUN_DETAILS", {
            "LOG_ID": number + item, "LOG_DATE": edit.zoned(ago), "OWNER": owner, "JOB_NAME": "JOB_DAILY_SETTLEMENT",
            "STATUS": "FAILED", "ERROR#": 1653, "REQ_START_DATE": edit.zoned(ago + 9),
            "ACTUAL_START_DATE": edit.zoned(ago + 9),
            "RUN_DURATION": "+000000000 00:00:09.000000", "INSTANCE_ID": 1, "SESSION_ID": "812,20113",
            "SLAVE_PID": "20555",
            "CPU_USED": "+000000000 00:00:02.100000", "CON_ID": con_id,
            "ADDITIONAL_INFO": f"ORA-01653: unable to extend table {owner}.SETTLE_DAY by 1024 in tablespace USERS"})


@fault("instance.service_running", zh="应用服务已停止，未在任何实例上运行")
def service_stopped(edit: Edit) -> None:
    # An additional service that was created for the applications and that nobody has started since the last restart.
    """An application service is stopped and runs nowhere."""
    con_id = edit.container()
    like = edit.rows("CDB_SERVICES", "CON_ID = ? AND NAME NOT LIKE 'SYS$%' LIMIT 1", con_id)
    name = f"{edit.database.name}_QUERY"
    edit.insert("CDB_SERVICES", {**(like or [{}])[0], "SERVICE_ID": 41, "NAME": name, "NETWORK_NAME": name,
                                 "CREATION_DATE": edit.local(86400 * 30), "CON_ID": con_id})
