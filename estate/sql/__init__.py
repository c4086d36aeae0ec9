# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Oracle SQL over SQLite: parsing, name resolution, types, functions, execution, PL/SQL blocks.

    text -> parse (sqlglot, made strict) -> compiler (names, types, rewriting) -> SQLite + functions -> Python values

What is not supported raises an error that names it (ORA-03001 where Oracle has no code of its own). Not faithful:

- A NUMBER in a table or an inline view is an INTEGER or a double (15 to 17 digits); expressions of the outermost select
  list and arguments of functions keep 38 to 40 digits. BINARY_DOUBLE has no NaN.
- Fractions of seconds have six digits. A zoned timestamp keeps its offset, not its region. Years are 1 to 9999.
- One writer at a time: a second writing session waits, up to 30 seconds, for the first one's commit (then ORA-00054);
  rows are not locked one by one. A transaction sees the state it began with plus its own changes.
- Text sorts and compares by bytes whatever NLS_SORT and NLS_COMP say; names of months and days are English.
- REGEXP patterns run on Python's re: of alternatives the first that matches wins, not the longest.
- ORA_HASH, ROWID and optimizer figures are not Oracle's. PARTITION (...) and hints are accepted without effect.
- PL/SQL has no packages, types, triggers or autonomous transactions of users; its expressions are computed by SQL.
"""

from __future__ import annotations
