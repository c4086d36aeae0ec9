# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Persons change their passwords in time."""

from __future__ import annotations

from estate.world.clock import date_text
from estate.world.life.ledger import Later, Ledger, epoch_of
from estate.world.seed.base import DAY
from estate.world.seed.security import PROFILES

EARLY = 15 * DAY                                   # before the password would expire


def live(later: Later, ledger: Ledger, since: float, until: float) -> None:
    """A person whose password came within two weeks of its end since the last look has changed it."""
    life = float(PROFILES["PERSON_PROFILE"]["PASSWORD_LIFE_TIME"]) * DAY
    dated = set(ledger.store.columns("CDB_USERS")) >= {"PASSWORD_CHANGE_DATE"}
    for row in ledger.store.rows("SELECT rowid AS ID, EXPIRY_DATE FROM \"CDB_USERS\" WHERE ACCOUNT_STATUS = 'OPEN' "
                                 "AND PROFILE = 'PERSON_PROFILE' AND EXPIRY_DATE IS NOT NULL"):
        changed = epoch_of(row["EXPIRY_DATE"]) - EARLY
        if not since < changed <= until:
            continue
        while changed + life - EARLY <= until:
            changed += life - EARLY
        ledger.store.execute('UPDATE "CDB_USERS" SET EXPIRY_DATE = ? WHERE rowid = ?', date_text(changed + life),
                             row["ID"])
        if dated:
            ledger.store.execute('UPDATE "CDB_USERS" SET PASSWORD_CHANGE_DATE = ? WHERE rowid = ?', date_text(changed),
                                 row["ID"])
