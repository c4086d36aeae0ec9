# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""python-oracledb's asyncio mode and its pipelines."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import oracledb
import pytest

from tests.integration.wire.conftest import Server
from tests.integration.wire.fake import LOB_ROWS, table_rows


def feature(name: str) -> pytest.MarkDecorator:
    return pytest.mark.conformance("python-oracledb asyncio", name)


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(coroutine, 30))


def connect(server: Server) -> Any:
    return oracledb.connect_async(user="scott", password="tiger-1", dsn=server.dsn)


@feature("queries")
def test_queries_and_errors(server: Server) -> None:
    async def main() -> None:
        async with connect(server) as connection:
            assert await connection.fetchall("select 2345 rows") == table_rows(2345)
            assert await connection.fetchone("select :1, :2 from dual", [1, "two"]) == (1, "two")
            with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
                await connection.execute("select * from nowhere")
            await connection.executemany("insert into t values (:1)", [(number,) for number in range(20, 40)])
            assert connection.transaction_in_progress
            await connection.commit()
    run(main())


@feature("LOBs")
def test_lobs(server: Server) -> None:
    async def main() -> None:
        async with connect(server) as connection:
            cursor = connection.cursor()
            await cursor.execute("select lobs")
            row = await cursor.fetchone()
            assert await row[1].read() == LOB_ROWS[1][1]
            assert await row[2].read(1, 4) == b"\x00\x01\x02\x03"
            clob = await connection.createlob(oracledb.DB_TYPE_CLOB)
            await clob.write("体温" * 70000)
            assert await clob.size() == 140000
    run(main())


@feature("call timeout and cancel")
def test_call_timeout_and_cancel(server: Server) -> None:
    async def main() -> None:
        async with connect(server) as connection:
            connection.call_timeout = 200
            with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
                await connection.execute("begin sleep; end;")
            connection.call_timeout = 0
            task = asyncio.create_task(connection.execute("begin sleep; end;"))
            await asyncio.sleep(0.1)
            connection.cancel()
            with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
                await task
            assert await connection.fetchone("select * from dual") == ("X",)
    run(main())


@feature("pools")
def test_pool_of_many(server: Server) -> None:
    async def one(pool: Any) -> int:
        async with pool.acquire() as connection:
            return len(await connection.fetchall("select 300 rows"))

    async def main() -> None:
        pool = oracledb.create_pool_async(user="scott", password="tiger-1", dsn=server.dsn, min=2, max=8, increment=2)
        try:
            assert await asyncio.gather(*(one(pool) for _ in range(40))) == [300] * 40
        finally:
            await pool.close(force=True)
    run(main())


@feature("pipelines")
def test_pipeline(server: Server) -> None:
    async def main() -> None:
        async with connect(server) as connection:
            pipeline = oracledb.create_pipeline()
            pipeline.add_fetchall("select 250 rows")
            pipeline.add_execute("insert into t values (:1)", [7])
            pipeline.add_fetchone("select * from nowhere")
            pipeline.add_fetchmany("select 50 rows", num_rows=5)
            pipeline.add_commit()
            results = await connection.run_pipeline(pipeline, continue_on_error=True)
            assert results[0].rows == table_rows(250)
            assert results[2].error.full_code == "ORA-00942"
            assert [row[0] for row in results[3].rows] == [0, 1, 2, 3, 4]
            assert results[4].error is None
            pipeline = oracledb.create_pipeline()
            pipeline.add_fetchone("select * from nowhere")
            pipeline.add_fetchone("select * from dual")
            with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
                await connection.run_pipeline(pipeline)
            assert await connection.fetchone("select * from dual") == ("X",)
            pipeline = oracledb.create_pipeline()
            pipeline.add_fetchall("select lobs")
            pipeline.add_fetchone("select * from dual")
            results = await connection.run_pipeline(pipeline)
            assert await results[0].rows[0][1].read() == LOB_ROWS[1][1]
            assert results[1].rows == [("X",)]
    run(main())


@feature("pipelines")
def test_pipeline_stops_at_an_error_unless_told_otherwise(server: Server) -> None:
    async def main() -> None:
        async with connect(server) as connection:
            pipeline = oracledb.create_pipeline()
            pipeline.add_execute("insert into t values (:1)", [13])
            pipeline.add_execute("insert into t values (:1)", [14])
            pipeline.add_commit()
            with pytest.raises(oracledb.IntegrityError, match="ORA-00001"):
                await connection.run_pipeline(pipeline)
            assert [values for _, values in server.backend.sessions[0].statements] == [[13]]
            assert await connection.fetchone("select * from dual") == ("X",)
    run(main())
