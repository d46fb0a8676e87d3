import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/index.js';
import { type LocalServer, startLocal } from './local/harness.js';

let server: LocalServer;
let conn: Connection;
let folder: string;

beforeAll(async () => {
  server = await startLocal();
  conn = await server.connect({ autocommit: true });
  folder = await mkdtemp(join(tmpdir(), 'bulk-insert-'));
  await conn.query('create table "Odd Table" (id int, "Name ""x""" varchar, note varchar)');
});
afterAll(async () => {
  await conn.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function csv(text: string): Promise<string> {
  const file = join(folder, 'data.csv');
  await writeFile(file, text);
  return file;
}

const table = '"Odd Table"';
const columns = ['id', 'Name "x"'];

describe('insertDataBulk', () => {
  it('inserts the chosen columns of a CSV file, quoted cells and all, whatever the batch size', async () => {
    const lines = Array.from(
      { length: 25 },
      (_, index) => `skip,"a ""quoted"", cell\n${String(index)}",${String(index)}`,
    );
    const file = await csv(`x,name,id\n${lines.join('\n')}\n`);
    for (const batchSize of [1, 7, 1000]) {
      await conn.query(`truncate ${table}`);
      const cursor = await conn.cursor().insertDataBulk(file, table, [2, 1], columns, ',', batchSize);
      expect(cursor.rowCount).toBe(25);
      const { rows } = await conn.query(`select id, "Name ""x""" as name from ${table} order by id`, null, {
        rowMode: 'array',
      });
      expect(rows).toEqual(
        Array.from({ length: 25 }, (_, index) => [index, `a "quoted", cell\n${String(index)}`]),
      );
    }
  });

  it('takes another delimiter', async () => {
    await conn.query(`truncate ${table}`);
    const cursor = await conn
      .cursor()
      .insertDataBulk(await csv('id|name\n1|a,b\n'), table, [0, 1], columns, '|');
    expect(cursor.rowCount).toBe(1);
  });

  it('finds temporary tables, and tables by the schema', async () => {
    await conn.query('create temp table passing (id int)');
    await conn.query('create schema "Other"');
    await conn.query('create table other.kept (id int)');
    const file = await csv('id\n1\n2\n');
    for (const name of ['passing', 'other.kept', '"Other"."KEPT"']) {
      const cursor = await conn.cursor().insertDataBulk(file, name, [0], ['id']);
      expect(cursor.rowCount).toBe(2);
    }
    await expect(conn.cursor().insertDataBulk(file, 'kept', [0], ['id'])).rejects.toThrow(/no table kept/);
    await expect(conn.cursor().insertDataBulk(file, 'other.passing', [0], ['id'])).rejects.toThrow(
      /no table other.passing/,
    );
  });

  it('refuses what the catalog does not know, by name', async () => {
    const file = await csv('a,b\n1,2\n');
    await expect(conn.cursor().insertDataBulk(file, 'no_such', [0], ['a'])).rejects.toThrow(
      /no table no_such/,
    );
    await expect(conn.cursor().insertDataBulk(file, table, [0], ['id; drop table x'])).rejects.toThrow(
      /no column id; drop/,
    );
    await expect(conn.cursor().insertDataBulk(file, 'a; drop table x', [0], ['id'])).rejects.toMatchObject({
      name: 'ArgumentError',
    });
  });

  it('inserts all lines or none', async () => {
    await conn.query(`truncate ${table}`);
    const file = await csv('id,name\n1,a\n2,b\nthree,c\n');
    await expect(conn.cursor().insertDataBulk(file, table, [0, 1], columns)).rejects.toMatchObject({
      code: '22P02',
    });
    expect((await conn.query(`select * from ${table}`)).rows).toEqual([]);
    expect(conn.transactionStatus).toBe('idle');
  });

  it('refuses arguments that cannot be', async () => {
    const file = await csv('a,b\n1,2\n');
    await expect(conn.cursor().insertDataBulk(file, table, [0], columns)).rejects.toThrow(/match one to one/);
    await expect(conn.cursor().insertDataBulk(file, table, [0, 1], columns, ',', 0)).rejects.toThrow(
      /batchSize/,
    );
    await expect(conn.cursor().insertDataBulk(file, table, [0, 1], columns, ',', 20_000)).rejects.toThrow(
      /32767/,
    );
    await expect(conn.cursor().insertDataBulk(file, table, [0, 9], columns)).rejects.toThrow(
      /record 2 has 2 columns/,
    );
    await expect(
      conn.cursor().insertDataBulk(join(folder, 'none.csv'), table, [0, 1], columns),
    ).rejects.toThrow(/none\.csv/);
  });
});
