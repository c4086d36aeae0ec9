-- @view GV$SESSION_EVENT
SELECT s.INST_ID, s.SID, e.EVENT, 1 + CAST({now} - unixepoch(s.LOGON_TIME, '-8 hours') AS INTEGER) * e.SHARE / 1000
    AS TOTAL_WAITS, 0 AS TOTAL_TIMEOUTS,
  (1 + CAST({now} - unixepoch(s.LOGON_TIME, '-8 hours') AS INTEGER) * e.SHARE / 1000) * e.MICROS / 10000 AS TIME_WAITED,
  round(e.MICROS / 10000.0, 2) AS AVERAGE_WAIT, 1 + e.MICROS * 9 / 10000 AS MAX_WAIT,
  (1 + CAST({now} - unixepoch(s.LOGON_TIME, '-8 hours') AS INTEGER) * e.SHARE / 1000) * e.MICROS AS TIME_WAITED_MICRO,
  n.EVENT_ID, w.WAIT_CLASS_ID, w."WAIT_CLASS#", n.WAIT_CLASS, s.CON_ID
FROM "GV$SESSION" s JOIN (SELECT column1 AS EVENT, column2 AS SHARE, column3 AS MICROS, column4 AS KIND FROM (VALUES
  ('SQL*Net message from client', 900, 760000, 'USER'), ('SQL*Net message to client', 900, 2, 'USER'),
  ('db file sequential read', 120, 1400, 'USER'), ('log file sync', 30, 1050, 'USER'),
  ('Disk file operations I/O', 1, 60, 'USER'), ('rdbms ipc message', 330, 2900000, 'BACKGROUND'),
  ('control file sequential read', 20, 400, 'BACKGROUND'))) e ON e.KIND = s.TYPE
  JOIN "_EVENT" n ON n.INST_ID = s.INST_ID AND n.EVENT = e.EVENT LEFT JOIN "_WAITCLASS" w ON w.WAIT_CLASS = n.WAIT_CLASS
UNION ALL SELECT s.INST_ID, s.SID, s.EVENT, 1, 0, s.WAIT_TIME_MICRO / 10000, round(s.WAIT_TIME_MICRO / 10000.0, 2),
  s.WAIT_TIME_MICRO / 10000, s.WAIT_TIME_MICRO, n.EVENT_ID, s.WAIT_CLASS_ID, s."WAIT_CLASS#", s.WAIT_CLASS, s.CON_ID
FROM "GV$SESSION" s JOIN "_EVENT" n ON n.INST_ID = s.INST_ID AND n.EVENT = s.EVENT WHERE s.EVENT NOT IN (
  'SQL*Net message from client', 'SQL*Net message to client', 'db file sequential read', 'log file sync',
  'Disk file operations I/O', 'rdbms ipc message', 'control file sequential read')

-- @view GV$SESSION_WAIT_CLASS
SELECT e.INST_ID, e.SID, s."SERIAL#", e.WAIT_CLASS_ID, e."WAIT_CLASS#", e.WAIT_CLASS, sum(e.TOTAL_WAITS) AS TOTAL_WAITS,
  sum(e.TIME_WAITED) AS TIME_WAITED, e.CON_ID
FROM "GV$SESSION_EVENT" e JOIN "GV$SESSION" s ON s.INST_ID = e.INST_ID AND s.SID = e.SID
GROUP BY e.INST_ID, e.SID, s."SERIAL#", e.WAIT_CLASS_ID, e."WAIT_CLASS#", e.WAIT_CLASS, e.CON_ID

-- @view GV$SESSION_WAIT_HISTORY
SELECT s.INST_ID, s.SID, 1 AS "SEQ#", s."EVENT#", s.EVENT, s.P1TEXT, s.P1, s.P2TEXT, s.P2, s.P3TEXT, s.P3,
  s.WAIT_TIME_MICRO / 10000 AS WAIT_TIME, s.WAIT_TIME_MICRO, 0 AS TIME_SINCE_LAST_WAIT_MICRO, s.CON_ID
FROM "GV$SESSION" s

-- @view GV$SESS_IO
SELECT INST_ID, SID, sum(CASE NAME WHEN 'db block gets' THEN VALUE ELSE 0 END) AS BLOCK_GETS,
  sum(CASE NAME WHEN 'consistent gets' THEN VALUE ELSE 0 END) AS CONSISTENT_GETS,
  sum(CASE NAME WHEN 'physical reads' THEN VALUE ELSE 0 END) AS PHYSICAL_READS,
  sum(CASE NAME WHEN 'db block changes' THEN VALUE ELSE 0 END) AS BLOCK_CHANGES,
  sum(CASE NAME WHEN 'consistent changes' THEN VALUE ELSE 0 END) AS CONSISTENT_CHANGES, 0 AS OPTIMIZED_PHYSICAL_READS,
  CON_ID
FROM (SELECT t.INST_ID, t.SID, n.NAME, t.VALUE, t.CON_ID FROM "GV$SESSTAT" t JOIN "_SYSSTAT" n ON n.INST_ID = 1
  AND n."STATISTIC#" = t."STATISTIC#" WHERE n.NAME IN ('db block gets', 'consistent gets', 'physical reads',
  'db block changes', 'consistent changes')) GROUP BY INST_ID, SID, CON_ID

-- @view GV$SESS_TIME_MODEL
SELECT s.INST_ID, s.SID, m.STAT_ID, m.NAME AS STAT_NAME,
  CASE WHEN (m.NAME LIKE 'background%') = (s.TYPE = 'BACKGROUND') THEN CAST(m._RATE / max(a.RATE, 1)
    * ({now} - unixepoch(s.LOGON_TIME, '-8 hours')) * 9000 AS INTEGER) ELSE 0 END AS VALUE, s.CON_ID
FROM "GV$SESSION" s JOIN "_TIMEMODEL" m ON m.INST_ID = s.INST_ID JOIN (SELECT INST_ID, max(_RATE) AS RATE
  FROM "_TIMEMODEL" GROUP BY INST_ID) a ON a.INST_ID = s.INST_ID

-- @view _BUCKET
SELECT column1 AS N, column2 AS SHARE FROM (VALUES (0, 0.42), (1, 0.3), (2, 0.15), (3, 0.08), (4, 0.03), (5, 0.015),
  (6, 0.005))

-- @view GV$EVENT_HISTOGRAM
SELECT e.INST_ID, e."EVENT#", e.EVENT, 1 << b.N AS WAIT_TIME_MILLI, CAST(e.WAITS * b.SHARE AS INTEGER) AS WAIT_COUNT,
  strftime('%d-%m-%Y %H:%M:%f000', {now} - 30, {tz}) AS LAST_UPDATE_TIME, 0 AS CON_ID
FROM "_EVENT_NOW" e CROSS JOIN "_BUCKET" b WHERE e.WAITS * b.SHARE >= 1

-- @view GV$EVENT_HISTOGRAM_MICRO
SELECT e.INST_ID, e."EVENT#", e.EVENT, CASE WHEN b.N < 4 THEN (64 << b.N) || ' microseconds'
  ELSE (1 << (b.N - 4)) || CASE b.N WHEN 4 THEN ' millisecond' ELSE ' milliseconds' END END AS WAIT_TIME_FORMAT,
  64 << b.N AS WAIT_TIME_MICRO, CAST(e.WAITS * b.SHARE AS INTEGER) AS WAIT_COUNT,
  strftime('%d-%m-%Y %H:%M:%f000', {now} - 30, {tz}) AS LAST_UPDATE_TIME, 0 AS CON_ID
FROM "_EVENT_NOW" e CROSS JOIN "_BUCKET" b WHERE e.WAITS * b.SHARE >= 1

-- @view GV$WAITSTAT
SELECT e.INST_ID, c.column1 AS CLASS, CAST(e.WAITS * c.column2 AS INTEGER) AS COUNT,
  CAST(e.MICROS * c.column2 / 10000 AS INTEGER) AS TIME, 0 AS CON_ID
FROM "_EVENT_NOW" e CROSS JOIN (VALUES ('data block', 0.8), ('sort block', 0), ('save undo block', 0),
  ('segment header', 0.02), ('save undo header', 0), ('free list', 0), ('extent map', 0), ('1st level bmb', 0.04),
  ('2nd level bmb', 0.01), ('3rd level bmb', 0), ('bitmap block', 0), ('bitmap index block', 0),
  ('file header block', 0.01), ('unused', 0), ('system undo header', 0), ('system undo block', 0),
  ('undo header', 0.1), ('undo block', 0.02)) c WHERE e.EVENT = 'buffer busy waits'

-- @view _ENQUEUE
SELECT column1 AS EQ_TYPE, column2 AS EQ_NAME, column3 AS REQ_REASON, column4 AS RATE, column5 AS EVENT,
  column6 AS ID1_TAG, column7 AS ID2_TAG, column8 AS IS_USER, column9 AS DESCRIPTION FROM (VALUES
  ('AE', 'Edition Lock', 'lock', 3.0, 'enq: AE - lock', 'edition obj#', '0', 'NO',
    'Prevent Dropping an edition in use'),
  ('CF', 'Controlfile Transaction', 'contention', 1.1, 'enq: CF - contention', '0', 'operation', 'NO',
    'Synchronizes accesses to the controlfile'),
  ('HW', 'Segment High Water Mark', 'contention', 0.6, 'enq: HW - contention', 'table space #', 'block', 'NO',
    'Lock used to broker the high water mark during parallel inserts'),
  ('JQ', 'Job Queue', 'contention', 0.1, 'enq: JQ - contention', '0', '0', 'NO',
    'Lock to prevent multiple instances from running a single job'),
  ('MR', 'Media Recovery', 'contention', 0.01, 'enq: MR - contention', '0 or file #', 'type', 'NO',
    'Lock used to coordinate media recovery with other uses of datafiles'),
  ('RS', 'Reclaimable Space', 'read alert level', 0.2, 'enq: RS - read alert level', 'record type', 'record id', 'NO',
    'Lock held by a space reclaimable operation'),
  ('RT', 'Redo Thread', 'contention', 0.01, 'enq: RT - contention', 'thread', 'type', 'NO',
    'Thread locks held by LGWR, DBW0, and RVWR (in order to indicate that the thread is open)'),
  ('SQ', 'Sequence Cache', 'contention', 1.6, 'enq: SQ - contention', 'object #', '0', 'NO',
    'Lock to ensure that only one process can replenish the sequence cache'),
  ('ST', 'Space Transaction', 'contention', 0.0, 'enq: ST - contention', '0', '0', 'NO',
    'Synchronizes space management activities in dictionary-managed tablespaces'),
  ('TM', 'DML', 'contention', 260.0, 'enq: TM - contention', 'object #', 'table/partition', 'YES',
    'Synchronizes accesses to an object'),
  ('TS', 'Temporary Segment', 'contention', 0.05, 'enq: TS - contention', 'tablespace ID', 'dba', 'NO',
    'Serializes accesses to temp segments'),
  ('TX', 'Transaction', 'row lock contention', 90.0, 'enq: TX - row lock contention', 'usn<<16 | slot', 'sequence',
    'YES', 'Lock held by a transaction to allow other transactions to wait for it'),
  ('UL', 'User-defined', 'contention', 0.0, 'enq: UL - contention', 'id', '0', 'YES', 'Lock used by user applications'),
  ('US', 'Undo Segment', 'contention', 0.01, 'enq: US - contention', 'Undo segment #', '0', 'NO',
    'Lock held to perform DDL on the undo segment'))

-- @view V$LOCK_TYPE
SELECT EQ_TYPE AS TYPE, EQ_NAME AS NAME, ID1_TAG, ID2_TAG, IS_USER, 'NO' AS IS_RECYCLE, DESCRIPTION, 0 AS CON_ID
  FROM "_ENQUEUE"

-- @view GV$ENQUEUE_STATISTICS
SELECT i.INST_ID, q.EQ_NAME, q.EQ_TYPE, q.REQ_REASON,
  CAST(q.RATE * ({run} - i._STARTED) AS INTEGER) + 2 + coalesce(e.WAITS, 0) AS "TOTAL_REQ#",
  coalesce(e.WAITS, 0) AS "TOTAL_WAIT#", CAST(q.RATE * ({run} - i._STARTED) AS INTEGER) + 2 + coalesce(e.WAITS, 0)
    AS "SUCC_REQ#", 0 AS "FAILED_REQ#", coalesce(e.MICROS, 0) / 1000 AS CUM_WAIT_TIME,
  q.DESCRIPTION AS REQ_DESCRIPTION, e."EVENT#", 0 AS CON_ID
FROM "_INSTANCE" i CROSS JOIN "_ENQUEUE" q LEFT JOIN "_EVENT_NOW" e ON e.INST_ID = i.INST_ID AND e.EVENT = q.EVENT
WHERE i.STATE <> 'DOWN'

-- @view GV$ENQUEUE_STAT
SELECT INST_ID, EQ_TYPE, sum("TOTAL_REQ#") AS "TOTAL_REQ#", sum("TOTAL_WAIT#") AS "TOTAL_WAIT#",
  sum("SUCC_REQ#") AS "SUCC_REQ#", sum("FAILED_REQ#") AS "FAILED_REQ#", sum(CUM_WAIT_TIME) AS CUM_WAIT_TIME,
  0 AS CON_ID FROM "GV$ENQUEUE_STATISTICS" GROUP BY INST_ID, EQ_TYPE

-- @view V$LATCHNAME
SELECT "LATCH#", NAME, NAME AS DISPLAY_NAME, HASH, 'SGA' AS TYPE, 0 AS CON_ID FROM "GV$LATCH" WHERE INST_ID = 1

-- @view GV$LATCH_PARENT
SELECT * FROM "GV$LATCH"

-- @view GV$LATCH_CHILDREN
SELECT INST_ID, "LATCH#", c.column1 AS "CHILD#", "LEVEL#", NAME, HASH, GETS / 4 AS GETS, MISSES / 4 AS MISSES,
  SLEEPS / 4 AS SLEEPS, IMMEDIATE_GETS / 4 AS IMMEDIATE_GETS, IMMEDIATE_MISSES / 4 AS IMMEDIATE_MISSES,
  SPIN_GETS / 4 AS SPIN_GETS, WAIT_TIME / 4 AS WAIT_TIME, 0 AS CON_ID
FROM "GV$LATCH" CROSS JOIN (VALUES (1), (2), (3), (4)) c WHERE NAME IN ('cache buffers chains', 'shared pool',
  'redo copy', 'redo allocation', 'cache buffers lru chain', 'row cache objects')

-- @view GV$WAITCLASSMETRIC_HISTORY
WITH RECURSIVE m(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM m WHERE k < 59)
SELECT w.INST_ID, datetime(60 * CAST({now} / 60 AS INTEGER) - 60 * k - 60, {tz}) AS BEGIN_TIME,
  datetime(60 * CAST({now} / 60 AS INTEGER) - 60 * k, {tz}) AS END_TIME, w.INTSIZE_CSEC, w."WAIT_CLASS#",
  w.WAIT_CLASS_ID, w.AVERAGE_WAITER_COUNT, w.DBTIME_IN_WAIT, w.TIME_WAITED, w.WAIT_COUNT, w.TIME_WAITED_FG,
  w.WAIT_COUNT_FG, 0 AS CON_ID FROM (SELECT * FROM "GV$WAITCLASSMETRIC") w CROSS JOIN m

-- @view GV$SESSMETRIC
SELECT s.INST_ID, datetime({now} - 15, {tz}) AS BEGIN_TIME, datetime({now}, {tz}) AS END_TIME, 1500 AS INTSIZE_CSEC,
  s.SID AS SESSION_ID, s."SERIAL#" AS SESSION_SERIAL_NUM, CASE s.STATUS WHEN 'ACTIVE' THEN 4.0 ELSE 0 END AS CPU,
  CASE s.STATUS WHEN 'ACTIVE' THEN 20 ELSE 0 END AS PHYSICAL_READS,
  CASE s.STATUS WHEN 'ACTIVE' THEN 1200 ELSE 0 END AS LOGICAL_READS, p.PGA_ALLOC_MEM AS PGA_MEMORY, 0 AS HARD_PARSES,
  CASE s.STATUS WHEN 'ACTIVE' THEN 3 ELSE 0 END AS SOFT_PARSES, 0 AS PHYSICAL_READ_PCT, 0 AS LOGICAL_READ_PCT, s.CON_ID
FROM "GV$SESSION" s JOIN "GV$PROCESS" p ON p.INST_ID = s.INST_ID AND p.ADDR = s.PADDR

-- @view _SEGSTAT
SELECT column1 AS N, column2 AS NAME, column3 AS SAMPLED FROM (VALUES (0, 'logical reads', 'YES'),
  (1, 'buffer busy waits', 'NO'), (2, 'gc buffer busy', 'NO'), (3, 'db block changes', 'YES'),
  (4, 'physical reads', 'NO'), (5, 'physical writes', 'NO'), (6, 'physical read requests', 'NO'),
  (7, 'physical write requests', 'NO'), (8, 'physical reads direct', 'NO'), (9, 'physical writes direct', 'NO'),
  (12, 'gc cr blocks received', 'NO'), (13, 'gc current blocks received', 'NO'), (14, 'ITL waits', 'NO'),
  (15, 'row lock waits', 'NO'), (17, 'space used', 'NO'), (18, 'segment scans', 'NO'))

-- @view GV$SEGSTAT_NAME
SELECT i.INST_ID, n.N AS "STATISTIC#", n.NAME, n.SAMPLED, 0 AS CON_ID FROM "_INSTANCE" i CROSS JOIN "_SEGSTAT" n
WHERE i.STATE <> 'DOWN'

-- @view V$METRICGROUP
SELECT column1 AS GROUP_ID, column2 AS NAME, column3 AS INTERVAL_SIZE, column4 AS MAX_INTERVAL, 0 AS CON_ID FROM (VALUES
  (0, 'Event Metrics', 6000, 1), (1, 'Event Class Metrics', 6000, 60), (2, 'System Metrics Long Duration', 6000, 60),
  (3, 'System Metrics Short Duration', 1500, 12), (4, 'Session Metrics Long Duration', 6000, 60),
  (5, 'Session Metrics Short Duration', 1500, 1), (6, 'Service Metrics', 6000, 60), (7, 'File Metrics Long Duration',
  60000, 6), (9, 'Tablespace Metrics Long Duration', 6000, 0), (10, 'Service Metrics (Short)', 500, 24))
