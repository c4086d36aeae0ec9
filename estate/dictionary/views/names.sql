-- @view V$SQLCOMMAND
SELECT column1 AS COMMAND_TYPE, column2 AS COMMAND_NAME, 0 AS CON_ID FROM (VALUES (0, NULL), (1, 'CREATE TABLE'),
  (2, 'INSERT'), (3, 'SELECT'), (4, 'CREATE CLUSTER'), (5, 'ALTER CLUSTER'), (6, 'UPDATE'), (7, 'DELETE'),
  (8, 'DROP CLUSTER'), (9, 'CREATE INDEX'), (10, 'DROP INDEX'), (11, 'ALTER INDEX'), (12, 'DROP TABLE'),
  (13, 'CREATE SEQUENCE'), (14, 'ALTER SEQUENCE'), (15, 'ALTER TABLE'), (16, 'DROP SEQUENCE'), (17, 'GRANT OBJECT'),
  (18, 'REVOKE OBJECT'), (19, 'CREATE SYNONYM'), (20, 'DROP SYNONYM'), (21, 'CREATE VIEW'), (22, 'DROP VIEW'),
  (23, 'VALIDATE INDEX'), (24, 'CREATE PROCEDURE'), (25, 'ALTER PROCEDURE'), (26, 'LOCK TABLE'), (27, 'NO-OP'),
  (28, 'RENAME'), (29, 'COMMENT'), (30, 'AUDIT OBJECT'), (31, 'NOAUDIT OBJECT'), (32, 'CREATE DATABASE LINK'),
  (33, 'DROP DATABASE LINK'), (34, 'CREATE DATABASE'), (35, 'ALTER DATABASE'), (36, 'CREATE ROLLBACK SEG'),
  (37, 'ALTER ROLLBACK SEG'), (38, 'DROP ROLLBACK SEG'), (39, 'CREATE TABLESPACE'), (40, 'ALTER TABLESPACE'),
  (41, 'DROP TABLESPACE'), (42, 'ALTER SESSION'), (43, 'ALTER USER'), (44, 'COMMIT'), (45, 'ROLLBACK'),
  (46, 'SAVEPOINT'), (47, 'PL/SQL EXECUTE'), (48, 'SET TRANSACTION'), (49, 'ALTER SYSTEM'), (50, 'EXPLAIN'),
  (51, 'CREATE USER'), (52, 'CREATE ROLE'), (53, 'DROP USER'), (54, 'DROP ROLE'), (55, 'SET ROLE'),
  (56, 'CREATE SCHEMA'), (57, 'CREATE CONTROL FILE'), (59, 'CREATE TRIGGER'), (60, 'ALTER TRIGGER'),
  (61, 'DROP TRIGGER'), (62, 'ANALYZE TABLE'), (63, 'ANALYZE INDEX'), (64, 'ANALYZE CLUSTER'), (65, 'CREATE PROFILE'),
  (66, 'DROP PROFILE'), (67, 'ALTER PROFILE'), (68, 'DROP PROCEDURE'), (70, 'ALTER RESOURCE COST'),
  (71, 'CREATE MATERIALIZED VIEW LOG'), (72, 'ALTER MATERIALIZED VIEW LOG'), (73, 'DROP MATERIALIZED VIEW LOG'),
  (74, 'CREATE MATERIALIZED VIEW'), (75, 'ALTER MATERIALIZED VIEW'), (76, 'DROP MATERIALIZED VIEW'),
  (77, 'CREATE TYPE'), (78, 'DROP TYPE'), (79, 'ALTER ROLE'), (80, 'ALTER TYPE'), (81, 'CREATE TYPE BODY'),
  (82, 'ALTER TYPE BODY'), (83, 'DROP TYPE BODY'), (84, 'DROP LIBRARY'), (85, 'TRUNCATE TABLE'),
  (86, 'TRUNCATE CLUSTER'), (88, 'ALTER VIEW'), (90, 'SET CONSTRAINTS'), (91, 'CREATE FUNCTION'),
  (92, 'ALTER FUNCTION'), (93, 'DROP FUNCTION'), (94, 'CREATE PACKAGE'), (95, 'ALTER PACKAGE'), (96, 'DROP PACKAGE'),
  (97, 'CREATE PACKAGE BODY'), (98, 'ALTER PACKAGE BODY'), (99, 'DROP PACKAGE BODY'), (157, 'CREATE DIRECTORY'),
  (158, 'DROP DIRECTORY'), (159, 'CREATE LIBRARY'), (160, 'CREATE JAVA'), (161, 'ALTER JAVA'), (162, 'DROP JAVA'),
  (163, 'CREATE OPERATOR'), (165, 'DROP OPERATOR'), (170, 'CALL METHOD'), (177, 'CREATE CONTEXT'),
  (178, 'DROP CONTEXT'), (183, 'ALTER OPERATOR'), (189, 'UPSERT'), (195, 'ADMINISTER KEY MANAGEMENT'),
  (197, 'PURGE USER_RECYCLEBIN'), (198, 'PURGE DBA_RECYCLEBIN'), (199, 'PURGE TABLESPACE'), (200, 'PURGE TABLE'),
  (201, 'PURGE INDEX'), (202, 'UNDROP OBJECT'), (204, 'FLASHBACK DATABASE'), (205, 'FLASHBACK TABLE'),
  (206, 'CREATE RESTORE POINT'), (207, 'DROP RESTORE POINT'), (212, 'CREATE EDITION'), (213, 'ALTER EDITION'),
  (214, 'DROP EDITION'), (226, 'CREATE PLUGGABLE DATABASE'), (227, 'ALTER PLUGGABLE DATABASE'),
  (228, 'DROP PLUGGABLE DATABASE'), (229, 'CREATE AUDIT POLICY'), (230, 'ALTER AUDIT POLICY'),
  (231, 'DROP AUDIT POLICY'))

-- @view AUDIT_ACTIONS
SELECT COMMAND_TYPE AS ACTION, CASE COMMAND_TYPE WHEN 0 THEN 'UNKNOWN' ELSE COMMAND_NAME END AS NAME FROM "V$SQLCOMMAND"
WHERE COMMAND_TYPE NOT IN (34, 90, 189, 226, 227, 228, 229, 230, 231)
UNION ALL SELECT column1, column2 FROM (VALUES (100, 'LOGON'), (101, 'LOGOFF'), (102, 'LOGOFF BY CLEANUP'),
  (103, 'SESSION REC'), (104, 'SYSTEM AUDIT'), (105, 'SYSTEM NOAUDIT'), (106, 'AUDIT DEFAULT'),
  (107, 'NOAUDIT DEFAULT'), (108, 'SYSTEM GRANT'), (109, 'SYSTEM REVOKE'), (110, 'CREATE PUBLIC SYNONYM'),
  (111, 'DROP PUBLIC SYNONYM'), (112, 'CREATE PUBLIC DATABASE LINK'), (113, 'DROP PUBLIC DATABASE LINK'),
  (114, 'GRANT ROLE'), (115, 'REVOKE ROLE'), (116, 'EXECUTE PROCEDURE'), (117, 'USER COMMENT'),
  (118, 'ENABLE TRIGGER'), (119, 'DISABLE TRIGGER'), (120, 'ENABLE ALL TRIGGERS'), (121, 'DISABLE ALL TRIGGERS'),
  (122, 'NETWORK ERROR'), (123, 'EXECUTE TYPE'))

-- @view TABLE_PRIVILEGE_MAP
SELECT column1 AS PRIVILEGE, column2 AS NAME FROM (VALUES (0, 'ALTER'), (1, 'AUDIT'), (2, 'COMMENT'), (3, 'DELETE'),
  (4, 'GRANT'), (5, 'INDEX'), (6, 'INSERT'), (7, 'LOCK'), (8, 'RENAME'), (9, 'SELECT'), (10, 'UPDATE'),
  (11, 'REFERENCES'), (12, 'EXECUTE'), (16, 'CREATE'), (17, 'READ'), (18, 'WRITE'), (20, 'ENQUEUE'), (21, 'DEQUEUE'),
  (22, 'UNDER'), (23, 'ON COMMIT REFRESH'), (24, 'QUERY REWRITE'), (26, 'DEBUG'), (27, 'FLASHBACK'),
  (28, 'MERGE VIEW'), (29, 'USE'), (30, 'FLASHBACK ARCHIVE'))

-- @view RESOURCE_COST
SELECT column1 AS RESOURCE_NAME, 0 AS UNIT_COST FROM (VALUES ('CPU_PER_SESSION'), ('LOGICAL_READS_PER_SESSION'),
  ('CONNECT_TIME'), ('PRIVATE_SGA'))

-- @view GV$FIXED_TABLE
SELECT i.INST_ID, json_extract(v.value, '$[0]') AS NAME, 4294950912 + CAST(v.key AS INTEGER) AS OBJECT_ID,
  'VIEW' AS TYPE, 65537 AS TABLE_NUM, 0 AS CON_ID
FROM "_INSTANCE" i CROSS JOIN json_each(est_views()) v WHERE i.STATE <> 'DOWN'
  AND (json_extract(v.value, '$[0]') LIKE 'V$%' OR json_extract(v.value, '$[0]') LIKE 'GV$%')

-- @view CDB_EDITIONS
SELECT 'ORA$BASE' AS EDITION_NAME, NULL AS PARENT_EDITION_NAME, 'YES' AS USABLE, CON_ID FROM "_EACH_CONTAINER"

-- @view GV$STATISTICS_LEVEL
SELECT i.INST_ID, s.column1 AS STATISTICS_NAME, s.column2 AS DESCRIPTION,
  CASE WHEN s.column3 = 'TYPICAL' OR p.VALUE = 'ALL' THEN 'ENABLED' ELSE 'DISABLED' END AS SESSION_STATUS,
  CASE WHEN p.VALUE = 'ALL' OR (s.column3 = 'TYPICAL' AND p.VALUE <> 'BASIC') THEN 'ENABLED' ELSE 'DISABLED' END
    AS SYSTEM_STATUS, s.column3 AS ACTIVATION_LEVEL, s.column4 AS STATISTICS_VIEW_NAME, s.column5 AS SESSION_SETTABLE,
  0 AS CON_ID
FROM "_INSTANCE" i JOIN "GV$SYSTEM_PARAMETER" p ON p.INST_ID = i.INST_ID AND p.NAME = 'statistics_level' CROSS JOIN (
  VALUES ('Buffer Cache Advice', 'Predicts the impact of different cache sizes on number of physical reads', 'TYPICAL',
  'V$DB_CACHE_ADVICE', 'NO'), ('MTTR Advice',
  'Predicts the impact of different MTTR settings on number of physical I/Os',
  'TYPICAL', 'V$MTTR_TARGET_ADVICE', 'NO'), ('Timed Statistics', 'Enables gathering of timed statistics', 'TYPICAL',
  NULL, 'YES'), ('Timed OS Statistics', 'Enables gathering of timed operating system statistics', 'ALL', NULL, 'YES'),
  ('Segment Level Statistics', 'Enables gathering of segment access statistics', 'TYPICAL', 'V$SEGSTAT', 'NO'),
  ('PGA Advice', 'Predicts the impact of different values of pga_aggregate_target on the performance of memory '
    || 'intensive SQL operators', 'TYPICAL', 'V$PGA_TARGET_ADVICE', 'NO'),
  ('Plan Execution Statistics', 'Enables collection of plan execution statistics', 'ALL', 'V$SQL_PLAN_STATISTICS',
  'YES'), ('Shared Pool Advice', 'Predicts the impact of different values of shared_pool_size on elapsed parse time '
    || 'saved', 'TYPICAL', 'V$SHARED_POOL_ADVICE', 'NO'), ('Modification Monitoring', 'Enables modification monitoring',
  'TYPICAL', NULL, 'NO'), ('Longops Statistics', 'Enables Longops Statistics', 'TYPICAL', 'V$SESSION_LONGOPS', 'NO'),
  ('Bind Data Capture', 'Enables capture of bind values used by SQL statements', 'TYPICAL', 'V$SQL_BIND_CAPTURE', 'NO'),
  ('Ultrafast Latch Statistics', 'Maintains statistics for ultrafast latches in the fast path', 'TYPICAL', NULL, 'NO'),
  ('Threshold-based Alerts', 'Controls if Threshold-based Alerts should be enabled', 'TYPICAL', NULL, 'NO'),
  ('Global Cache Statistics', 'RAC Buffer Cache statistics', 'TYPICAL', NULL, 'NO'),
  ('Active Session History', 'Monitors active session activity using MMNL', 'TYPICAL', 'V$ACTIVE_SESSION_HISTORY',
  'NO'), ('Undo Advisor, Alerts and Fast Ramp up', 'Transaction layer manageability features', 'TYPICAL',
  'V$UNDOSTAT', 'NO')) s WHERE i.STATE <> 'DOWN'

-- @view GV$DISPATCHER
SELECT i.INST_ID, 'D000' AS NAME, '(ADDRESS=(PROTOCOL=tcp)(HOST=' || i.HOST_NAME || ')(PORT=41' || (100 + i.INST_ID) || '))'
    AS NETWORK, est_addr(2, i.INST_ID, 30) AS PADDR, 'WAIT' AS STATUS, 'YES' AS ACCEPT, 0 AS MESSAGES, 0 AS BYTES,
  0 AS BREAKS, 0 AS OWNED, 0 AS CREATED, CAST(({run} - i._STARTED) * 100 AS INTEGER) AS IDLE, 0 AS BUSY, 0 AS CPU,
  0 AS LISTENER, 0 AS CONF_INDX, 0 AS CON_ID FROM "_INSTANCE" i WHERE i.STATE <> 'DOWN'

-- @view GV$SHARED_SERVER
SELECT i.INST_ID, 'S000' AS NAME, est_addr(2, i.INST_ID, 31) AS PADDR, 'WAIT(COMMON)' AS STATUS, 0 AS MESSAGES,
  0 AS BYTES, 0 AS BREAKS, x'00' AS CIRCUIT, CAST(({run} - i._STARTED) * 100 AS INTEGER) AS IDLE, 0 AS BUSY,
  0 AS IN_NET, 0 AS OUT_NET, 0 AS REQUESTS, 0 AS CON_ID FROM "_INSTANCE" i WHERE i.STATE <> 'DOWN'

-- @view GV$SHARED_SERVER_MONITOR
SELECT INST_ID, 0 AS MAXIMUM_CONNECTIONS, 0 AS MAXIMUM_SESSIONS, 0 AS SERVERS_STARTED, 0 AS SERVERS_TERMINATED,
  1 AS SERVERS_HIGHWATER, 0 AS CON_ID FROM "_INSTANCE" WHERE STATE <> 'DOWN'

-- @view GV$QUEUE
SELECT i.INST_ID, q.column1 AS PADDR, q.column2 AS TYPE, 0 AS QUEUED, 0 AS WAIT, 0 AS TOTALQ, 0 AS CON_ID
FROM "_INSTANCE" i CROSS JOIN (VALUES (x'00', 'COMMON'), (x'01', 'DISPATCHER')) q WHERE i.STATE <> 'DOWN'

-- @view GV$PQ_SYSSTAT
SELECT i.INST_ID, q.column1 AS STATISTIC, 0 AS VALUE,
  0 AS CON_ID FROM "_INSTANCE" i CROSS JOIN (VALUES ('Servers Busy'),
  ('Servers Idle'), ('Servers Highwater'), ('Server Sessions'), ('Servers Started'), ('Servers Shutdown'),
  ('Servers Cleaned Up'), ('Queries Queued'), ('Queries Initiated'), ('Queries Initiated (IPQ)'), ('DML Initiated'),
  ('DML Initiated (IPQ)'), ('DDL Initiated'), ('DDL Initiated (IPQ)'), ('DFO Trees'), ('Sessions Active'),
  ('Local Msgs Sent'), ('Distr Msgs Sent'), ('Local Msgs Recv''d'), ('Distr Msgs Recv''d')) q WHERE i.STATE <> 'DOWN'

-- @view GV$PX_PROCESS_SYSSTAT
SELECT i.INST_ID, q.column1 AS STATISTIC, 0 AS VALUE, 0 AS CON_ID FROM "_INSTANCE" i CROSS JOIN (VALUES
  ('Servers In Use                '), ('Servers Available             '), ('Servers Started               '),
  ('Servers Shutdown              '), ('Servers Highwater             '), ('Servers Cleaned Up            '),
  ('Server Sessions               '), ('Memory Chunks Allocated       '), ('Memory Chunks Freed           '),
  ('Memory Chunks Current         '), ('Memory Chunks HWM             '), ('Buffers Allocated             '),
  ('Buffers Freed                 '), ('Buffers Current               '), ('Buffers HWM                   ')) q
WHERE i.STATE <> 'DOWN'

-- @view GV$RESULT_CACHE_STATISTICS
SELECT i.INST_ID, q.column1 AS ID, q.column2 AS NAME, CASE q.column1 WHEN 1 THEN '1024' WHEN 2
  THEN CAST(s.SHARED / 100 / 1024 AS TEXT) WHEN 4 THEN CAST(s.SHARED / 100 / 1024 / 20 AS TEXT) ELSE '0' END AS VALUE,
  0 AS CON_ID
FROM "_INSTANCE" i JOIN "_SGA_SIZE" s ON s.INST_ID = i.INST_ID CROSS JOIN (VALUES (1, 'Block Size (Bytes)'),
  (2, 'Block Count Maximum'), (3, 'Block Count Current'), (4, 'Result Size Maximum (Blocks)'),
  (5, 'Create Count Success'), (6, 'Create Count Failure'), (7, 'Find Count'), (8, 'Invalidation Count'),
  (9, 'Delete Count Invalid'), (10, 'Delete Count Valid'), (11, 'Hash Chain Length'), (12, 'Find Copy Count'),
  (13, 'Latch (Share)')) q WHERE i.STATE <> 'DOWN'

-- @view GV$SYS_OPTIMIZER_ENV
SELECT p.INST_ID, p.NUM AS ID, p.NAME, 'QKSFM_ALL' AS SQL_FEATURE, CASE p.ISDEFAULT WHEN 'TRUE' THEN 'YES' ELSE 'NO' END
    AS ISDEFAULT, p.VALUE, p.VALUE AS DEFAULT_VALUE, 0 AS CON_ID
FROM "GV$SYSTEM_PARAMETER" p WHERE p.NAME LIKE 'optimizer%' OR p.NAME IN ('cursor_sharing',
  'db_file_multiblock_read_count',
  'statistics_level', 'star_transformation_enabled', 'query_rewrite_enabled', 'query_rewrite_integrity',
  'parallel_degree_policy', 'workarea_size_policy', 'pga_aggregate_target', 'cpu_count', 'result_cache_mode')

-- @view GV$SQLTEXT_WITH_NEWLINES
SELECT * FROM "GV$SQLTEXT"

-- @view GV$SQLSTATS_PLAN_HASH
SELECT * FROM "GV$SQLSTATS"

-- @view GV$SQLAREA_PLAN_HASH
SELECT * FROM "GV$SQLAREA"

-- @view CDB_TAB_COLS
SELECT c.*, 'NO' AS HIDDEN_COLUMN, CASE WHEN v.COLUMN_NAME IS NULL THEN 'NO' ELSE 'YES' END AS VIRTUAL_COLUMN,
  CASE WHEN v.COLUMN_NAME IS NULL THEN c.COLUMN_ID END AS SEGMENT_COLUMN_ID, c.COLUMN_ID AS INTERNAL_COLUMN_ID,
  c.COLUMN_NAME AS QUALIFIED_COL_NAME, 'YES' AS USER_GENERATED FROM "CDB_TAB_COLUMNS" c LEFT JOIN "_VIRTUAL_COLUMN" v
  ON v.CON_ID = c.CON_ID AND v.OWNER = c.OWNER AND v.TABLE_NAME = c.TABLE_NAME AND v.COLUMN_NAME = c.COLUMN_NAME

-- @view CDB_TAB_COL_STATISTICS
SELECT OWNER, TABLE_NAME, COLUMN_NAME, NUM_DISTINCT, LOW_VALUE, HIGH_VALUE, DENSITY, NUM_NULLS, NUM_BUCKETS,
  LAST_ANALYZED, SAMPLE_SIZE, GLOBAL_STATS, USER_STATS, AVG_COL_LEN, HISTOGRAM, 'SHARED' AS SCOPE, CON_ID
FROM "CDB_TAB_COLUMNS" WHERE LAST_ANALYZED IS NOT NULL

-- @view CDB_PROCEDURES
SELECT OWNER, OBJECT_NAME, NULL AS PROCEDURE_NAME, OBJECT_ID, CASE WHEN OBJECT_TYPE IN ('PROCEDURE', 'FUNCTION') THEN 1
  ELSE 0 END AS SUBPROGRAM_ID, OBJECT_TYPE, 'NO' AS AGGREGATE, 'NO' AS PIPELINED, 'NO' AS PARALLEL, 'NO' AS INTERFACE,
  'NO' AS DETERMINISTIC, 'DEFINER' AS AUTHID, 'NO' AS RESULT_CACHE, CON_ID AS ORIGIN_CON_ID, 'NULL' AS POLYMORPHIC,
  CON_ID
FROM "CDB_OBJECTS" WHERE OBJECT_TYPE IN ('PROCEDURE', 'FUNCTION', 'PACKAGE', 'TRIGGER', 'TYPE')

-- @view CDB_LOCKS
SELECT * FROM "CDB_LOCK"
