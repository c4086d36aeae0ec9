// Copyright: medops.dbcare contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
//
// Runs node-oracledb (thin) against the connect string in argv and prints one JSON object: feature -> "passed" or an error.
// NODE_PATH names the folder with the oracledb package.

'use strict';

const assert = require('assert');
const oracledb = require('oracledb');

const login = { user: 'scott', password: 'tiger-1', connectString: process.argv[2] };
const clob = '诊断'.repeat(5000);

async function fails(promise, text) {
  await assert.rejects(promise, (error) => error.message.includes(text) || assert.fail(error.message));
}

const features = {
  async login(connection) {
    assert.match(connection.oracleServerVersionString, /^(12\.2|19\.22|23\.6)/);
  },

  async 'all scalar types'(connection) {
    const { rows, metaData } = await connection.execute('select types');
    const row = rows[0];
    assert.strictEqual(row[0], -123.45);
    assert.strictEqual(row[2], 'Grüße 血压');
    assert.strictEqual(row[3], 'ab   ');
    assert.strictEqual(row[4], '病人');
    assert.strictEqual(row[5].getFullYear(), 2025);
    assert.strictEqual(row[6].getMilliseconds(), 123);
    assert.strictEqual(row[7].toISOString(), '2025-11-22T06:30:59.123Z');
    assert.strictEqual(row[9].days, -3);
    assert.strictEqual(row[9].hours, -4);
    assert.deepStrictEqual([row[10].years, row[10].months], [2, 7]);
    assert.deepStrictEqual(row.slice(11, 13), [1.5, -2.25]);
    assert.deepStrictEqual([...row[13]], [0, 1, 254, 255]);
    assert.strictEqual(row[14], 'AAAE5jAAEAAAAFXAAA');
    assert.deepStrictEqual(rows[1], row.map(() => null));
    assert.strictEqual(metaData[1].precision, 38);
    assert.strictEqual(metaData[7].dbTypeName, 'TIMESTAMP WITH TIME ZONE');
  },

  async 'array fetch'(connection) {
    for (const count of [0, 1, 2, 100, 2345]) {
      const { rows } = await connection.execute(`select ${count} rows`);
      assert.strictEqual(rows.length, count);
      if (count) assert.strictEqual(rows[count - 1][0], count - 1);
    }
    const { resultSet } = await connection.execute('select 500 rows', [], { resultSet: true, fetchArraySize: 33 });
    let seen = 0;
    for await (const row of resultSet) assert.strictEqual(row[0], seen++);
    assert.strictEqual(seen, 500);
  },

  async binds(connection) {
    for (const value of [1, -1.5, 'Grüße 血压', 'x'.repeat(4000), null, Buffer.from([0, 255]), 123456789012]) {
      const { rows } = await connection.execute('select :1 from dual', [value]);
      assert.deepStrictEqual(rows[0][0], value);
    }
    const { rows } = await connection.execute('select :a, :b, :a from dual', { a: 1, b: 'two' });
    assert.deepStrictEqual(rows[0], [1, 'two', 1]);
  },

  async errors(connection) {
    for (let turn = 0; turn < 3; turn++) {
      await assert.rejects(connection.execute('select * from nowhere'),
        (error) => error.errorNum === 942 && error.offset === 14 && error.code === 'ORA-00942');
    }
    await fails(connection.execute('select failing', [], { fetchArraySize: 10 }), 'ORA-01555');
    assert.strictEqual((await connection.execute('select * from dual')).rows[0][0], 'X');
  },

  async transactions(connection) {
    const result = await connection.execute('insert into t values (:1)', [1]);
    assert.strictEqual(result.rowsAffected, 1);
    assert.strictEqual(result.lastRowid, 'AAAE5jAAEAAAAFXAAA');
    assert.ok(connection.transactionInProgress);
    await connection.commit();
    assert.ok(!connection.transactionInProgress);
    await connection.execute('insert into t values (:1)', [2]);
    await connection.rollback();
    await connection.execute('insert into t values (:1)', [3], { autoCommit: true });
    assert.ok(!connection.transactionInProgress);
  },

  async executemany(connection) {
    const data = Array.from({ length: 50 }, (_, at) => [at + 100, `name ${at}`]);
    assert.strictEqual((await connection.executeMany('insert into t values (:1, :2)', data)).rowsAffected, 50);
    const options = { batchErrors: true, dmlRowCounts: true };
    const result = await connection.executeMany('insert into t values (:1)', [[1], [13], [3]], options);
    assert.deepStrictEqual(result.batchErrors.map((error) => [error.offset, error.message.slice(0, 9)]), [[1, 'ORA-00001']]);
    assert.deepStrictEqual(result.dmlRowCounts, [1, 0, 1]);
  },

  async RETURNING(connection) {
    const out = (type) => ({ dir: oracledb.BIND_OUT, type });
    const result = await connection.execute('update t set a = :1 returning a, b into :2, :3',
      [5, out(oracledb.NUMBER), out(oracledb.STRING)]);
    assert.deepStrictEqual(result.outBinds, [[6, 7], ['first', null]]);
  },

  async 'PL/SQL OUT binds'(connection) {
    for (const value of [21, 4]) {
      const result = await connection.execute('begin p(:1, :2, :3, :4); end;', [
        value, { dir: oracledb.BIND_OUT, type: oracledb.NUMBER },
        { dir: oracledb.BIND_INOUT, val: 'hello', type: oracledb.STRING, maxSize: 100 },
        { dir: oracledb.BIND_OUT, type: oracledb.DATE },
      ]);
      assert.strictEqual(result.outBinds[0], 2 * value);
      assert.strictEqual(result.outBinds[1], 'hello!');
      assert.strictEqual(result.outBinds[2].getSeconds(), 59);
    }
  },

  async 'PL/SQL arrays'(connection) {
    const result = await connection.execute('begin arrays(:1, :2, :3); end;', [
      { dir: oracledb.BIND_IN, type: oracledb.NUMBER, val: [1, 2, 3] },
      { dir: oracledb.BIND_OUT, type: oracledb.NUMBER, maxArraySize: 10 },
      { dir: oracledb.BIND_OUT, type: oracledb.NUMBER },
    ]);
    assert.deepStrictEqual(result.outBinds, [[10, 20, 30], 6]);
  },

  async 'REF CURSOR'(connection) {
    const result = await connection.execute('begin open(:1); end;', [{ dir: oracledb.BIND_OUT, type: oracledb.CURSOR }]);
    assert.strictEqual((await result.outBinds[0].getRows()).length, 7);
    await result.outBinds[0].close();
  },

  async 'nested cursors'(connection) {
    const { rows } = await connection.execute('select nested');
    assert.deepStrictEqual(rows.map((row) => row[1].length), [3, 5]);
  },

  async 'fetch LOBs'(connection) {
    for (let turn = 0; turn < 2; turn++) {
      const { rows } = await connection.execute('select lobs');
      assert.strictEqual(await rows[0][1].getData(), clob);
      assert.strictEqual((await rows[0][2].getData()).length, 10240);
      assert.strictEqual(await rows[0][3].getData(), '病历'.repeat(10));
      assert.strictEqual(rows[0][4], null);
    }
    const fetchInfo = { C: { type: oracledb.STRING }, B: { type: oracledb.BUFFER }, NC: { type: oracledb.STRING } };
    const { rows } = await connection.execute('select lobs', [], { fetchInfo });
    assert.strictEqual(rows[0][1], clob);
    assert.strictEqual(rows[0][2].length, 10240);
    assert.strictEqual(rows[0][3], '病历'.repeat(10));
  },

  async 'temporary LOBs'(connection) {
    const lob = await connection.createLob(oracledb.CLOB);
    await new Promise((resolve, reject) => {
      lob.on('error', reject);
      lob.on('finish', resolve);
      lob.write('血压'.repeat(20000));
      lob.end('!');
    });
    const result = await connection.execute('insert into t values (:1)', [lob]);
    assert.strictEqual(result.rowsAffected, 1);
    await lob.close();
  },

  async 'LOB OUT binds'(connection) {
    const result = await connection.execute('begin lobs(:1, :2, :3); end;', [
      'ab'.repeat(100), { dir: oracledb.BIND_OUT, type: oracledb.CLOB }, { dir: oracledb.BIND_OUT, type: oracledb.BLOB }]);
    assert.strictEqual(await result.outBinds[0].getData(), 'ab'.repeat(200));
    assert.strictEqual((await result.outBinds[1].getData()).length, 100);
  },

  async LONG(connection) {
    const { rows } = await connection.execute('select longs');
    assert.strictEqual(rows[0][0].length, 70000);
    assert.strictEqual(rows[0][2], 1);
    assert.deepStrictEqual(rows[1], [null, null, 2]);
  },

  async BOOLEAN(connection) {
    const { rows } = await connection.execute('select booleans');
    assert.deepStrictEqual(rows, [[true], [false], [null]]);
  },

  async cancel(connection) {
    setTimeout(() => connection.break(), 150);
    await fails(connection.execute('begin sleep; end;'), 'ORA-01013');
    assert.strictEqual((await connection.execute('select * from dual')).rows[0][0], 'X');
  },

  async 'call timeout'(connection) {
    connection.callTimeout = 200;
    await fails(connection.execute('begin sleep; end;'), 'NJS-123');
    connection.callTimeout = 0;
    assert.strictEqual((await connection.execute('select * from dual')).rows[0][0], 'X');
  },

  async 'end-to-end attributes'(connection) {
    connection.module = 'dbcare';
    connection.action = 'daily';
    connection.clientId = 'nurse-7';
    connection.currentSchema = 'HIS';
    await connection.ping();
    connection.currentSchema = 'NOBODY';
    await fails(connection.execute('select * from dual'), 'ORA-01435');
  },

  async 'describe without execute'(connection) {
    const info = await connection.getStatementInfo('select types');
    assert.strictEqual(info.metaData.length, 15);
  },

  async pools() {
    const pool = await oracledb.createPool({ ...login, poolMin: 1, poolMax: 4, poolPingInterval: 0 });
    const counts = await Promise.all(Array.from({ length: 12 }, async () => {
      const connection = await pool.getConnection();
      const { rows } = await connection.execute('select 300 rows');
      await connection.close();
      return rows.length;
    }));
    assert.ok(counts.every((count) => count === 300));
    await pool.close(0);
  },

  async 'login errors'() {
    await fails(oracledb.getConnection({ ...login, password: 'wrong' }), 'ORA-01017');
    await fails(oracledb.getConnection({ ...login, user: 'locked' }), 'ORA-28000');
    await fails(oracledb.getConnection({ ...login, connectString: login.connectString.replace('/HIS', '/NOPE') }), 'NJS-518');
  },

  async 'change password'() {
    const connection = await oracledb.getConnection(login);
    await connection.changePassword('scott', 'tiger-1', 'tiger-2');
    await connection.close();
  },
};

async function main() {
  const outcomes = {};
  for (const [name, run] of Object.entries(features)) {
    let connection;
    try {
      connection = await oracledb.getConnection(login);
      await run(connection);
      outcomes[name] = 'passed';
    } catch (error) {
      outcomes[name] = String(error.stack || error).slice(0, 600);
    } finally {
      if (connection) await connection.close().catch(() => undefined);
    }
  }
  process.stdout.write(JSON.stringify(outcomes));
}

main();
