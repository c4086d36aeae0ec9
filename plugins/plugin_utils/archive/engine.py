# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connection to the archive and the version of its tables. Everything that goes wrong is one sentence."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
LOCK_SECONDS = 10


class ArchiveError(BadInput):
    """The archive cannot be used; the message says why and what to do."""


def parse_url(url: str) -> sa.URL:
    """The URL of ``dbcare_archive``. Raises ArchiveError."""
    try:
        return sa.make_url(url)
    except exc.ArgumentError:
        raise ArchiveError(
            "dbcare_archive.url cannot be read; write for example sqlite:////var/lib/dbcare/archive.sqlite."
        ) from None


def shown(url: sa.URL) -> str:
    """The URL without its password."""
    return url.render_as_string(hide_password=True)


def _prepare_sqlite(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # Transactions are begun by us (below), not by the driver at the first write.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        write = connection.get_execution_options().get("dbcare_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def make_engine(url: sa.URL, lock_seconds: float = LOCK_SECONDS) -> sa.Engine:
    """An engine that waits at most ``lock_seconds`` for a lock."""
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(url, connect_args={"timeout": lock_seconds})
        _prepare_sqlite(engine)
        return engine
    try:
        return sa.create_engine(url)
    except (exc.NoSuchModuleError, ImportError):
        raise ArchiveError(
            f"No Python driver for {shown(url)} is installed; for PostgreSQL: "
            "pip install 'psycopg[binary]' and an URL postgresql+psycopg://."
        ) from None


def explain(error: Exception, url: sa.URL) -> ArchiveError:
    """The sentence for an error of the database."""
    text = str(getattr(error, "orig", None) or error).splitlines()[0]
    where = f"The archive {shown(url)}"
    for word, sentence in (
        ("locked", f"is locked by another process (waited {LOCK_SECONDS} s); try again when that is done."),
        ("readonly", "cannot be written; check the owner and permissions of the file and its folder."),
        ("read-only", "cannot be written; check the owner and permissions of the file and its folder."),
        ("unable to open", "cannot be opened; check that its folder exists and may be written."),
        ("not a database", "is no SQLite file; check dbcare_archive.url."),
        ("malformed", "is damaged; restore it from a backup and verify it."),
        ("append only", "is append only: what is recorded is never changed or deleted."),
        ("disk is full", "has no room left on its disk; free some space and run it again."),
    ):
        if word in text.lower():
            return ArchiveError(f"{where} {sentence}")
    return ArchiveError(f"{where} cannot be used: {text}.")


@contextlib.contextmanager
def explained(url: sa.URL) -> Iterator[None]:
    """Turn errors of SQLAlchemy and the driver into ArchiveError."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise explain(error, url) from error


def sqlite_file(url: sa.URL) -> Path | None:
    """The file of a SQLite archive; None for another database or one in memory."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def create_file(url: sa.URL, path: Path) -> None:
    """An empty file that only its owner may read: it will hold what the databases told."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise ArchiveError(
            f"The archive {shown(url)} cannot be created: {error.strerror} ({error.filename}); "
            "set dbcare_archive.url to a place that may be written."
        ) from None


def known_versions() -> list[str]:
    """Versions of the tables that this release knows, oldest first."""
    return sorted(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def table_version(connection: sa.Connection) -> str | None:
    """The version that the archive's tables have; None for an empty database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("select version_num from alembic_version")).scalar()


def check_version(version: str | None, url: sa.URL) -> None:
    """Raise ArchiveError unless ``version`` is the newest."""
    known = known_versions()
    if version == known[-1]:
        return
    if version is None:
        raise ArchiveError(f"The archive {shown(url)} is empty; run the playbook archive.yml with --tags migrate.")
    if version in known:
        raise ArchiveError(
            f"The archive {shown(url)} is at version {version}, this release needs {known[-1]}; "
            "run the playbook archive.yml with --tags migrate."
        )
    raise ArchiveError(
        f"The archive {shown(url)} is from a newer release (version {version}, known here up to {known[-1]}); "
        "upgrade the collection medops.dbcare."
    )


def migrate(connection: sa.Connection) -> None:
    """Bring the tables to the newest version, in the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
