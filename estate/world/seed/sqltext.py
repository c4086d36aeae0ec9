# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements of the applications, as V$SQL shows them."""

from __future__ import annotations

from estate.world.seed.base import Seed, number_of, sql_id

# Text over a table, share of executions, milliseconds each, gets, reads, rows.
FORMS = (
    ("SELECT * FROM {t} WHERE PATIENT_ID = :1 AND VISIT_ID = :2", 30.0, 1.2, 9, 0.4, 6),
    ("SELECT COUNT(*) FROM {t} WHERE STATUS = :1 AND CREATE_DATE > :2", 4.0, 14.0, 900, 3.0, 1),
    ("INSERT INTO {t} (ID, PATIENT_ID, VISIT_ID, STATUS, CREATE_DATE) VALUES (:1, :2, :3, :4, SYSDATE)", 9.0, 0.9, 12,
     0.2, 1),
    ("UPDATE {t} SET STATUS = :1, UPDATE_DATE = SYSDATE WHERE ID = :2", 7.0, 0.8, 8, 0.3, 1),
    (
        "SELECT D.*, P.NAME FROM {t} D, PAT_MASTER_INDEX P WHERE D.PATIENT_ID = P.PATIENT_ID AND D.DEPT_CODE = :1 AND "
        "D.CREATE_DATE BETWEEN :2 AND :3", 1.5, 48.0, 4200, 22.0, 120),
)
COMMANDS = {"SELECT": 3, "INSERT": 2, "UPDATE": 6, "DELETE": 7}


def statements(seed: Seed, owner: str) -> list[tuple[str, float, float, float, float, float]]:
    """(text, executions a second, ms, gets, reads, rows) of a schema's tables."""
    schema = seed.data["schemas"][owner]
    found: list[tuple[str, float, float, float, float, float]] = []
    for position, table in enumerate([*schema.get("tables", {}), *schema.get("lobs", {})][:7]):
        for text, share, ms, gets, reads, rows in FORMS:
            found.append((text.format(t=f"{owner}.{table}"), share * seed.load / (position + 1), ms, gets, reads, rows))
    return found


def of_user(seed: Seed, user: str) -> list[str]:
    """SQL_IDs that an application's sessions run."""
    owner = next(iter(seed.data["schemas"]))
    return [sql_id(item[0])[0] for item in statements(seed, owner)] or [sql_id(user)[0]]


def fill(seed: Seed) -> None:
    """Statements in the shared pool, with executions for each second and costs of one in ms and blocks."""
    for instance in seed.spec.instances:
        for owner, schema in seed.data["schemas"].items():
            con_id = seed.spec.container(schema.get("container"))
            user = next((g["user"] for g in seed.data["sessions"]), owner)
            for text, rate, ms, gets, reads, rows in statements(seed, owner):
                identifier, value = sql_id(text)
                seed.add("_SQL", {
                    "INST_ID": instance.number, "SQL_ID": identifier, "HASH_VALUE": value,
                    "PLAN_HASH_VALUE": number_of(text), "SQL_TEXT": text, "COMMAND_TYPE": COMMANDS[text.split()[0]],
                    "PARSING_SCHEMA_NAME": user, "MODULE": "OUTP", "CON_ID": con_id, "_EXECS": round(rate, 3),
                    "_MS": ms, "_CPU_MS": round(ms * 0.6, 3), "_GETS": gets, "_READS": reads,
                    "_ROWS": rows, "_SINCE": seed.now - instance.uptime * 0.4,
                    "LOADED": seed.ago(instance.uptime * 0.4).replace(" ", "/")})
