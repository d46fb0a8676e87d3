/** Plays of more than one statement at a time: batches, pipelines, queues, transactions, results that are read in parts. */
import { expect } from 'vitest';
import { DataError, ProgrammingError } from '../../../src/index.js';
import { failure, type Play } from './play.js';

/** Rows of 15 bytes: a few of them are more than may wait. */
const small = { fetchBufferSize: 100 };
const numbers = Array.from({ length: 40 }, (_, index) => [index + 1]);

export const together: Readonly<Record<string, Play>> = {
  pipeline: {
    async run(open) {
      const conn = await open({ pipeline: true });
      const [one, never, three] = [
        conn.query('select 1 as one'),
        failure(conn.query('select 1 / 0 as never')),
        conn.query('select 3 as three'),
      ];
      const all = await Promise.all([one, never, three]);
      expect(all[0].rows).toEqual([{ one: 1 }]);
      expect(all[1]).toBeInstanceOf(DataError);
      expect(all[2].rows).toEqual([{ three: 3 }]);
      const again = await Promise.all([conn.query('select 1 as one'), conn.query('select 3 as three')]);
      expect(again.map(({ rows }) => rows)).toEqual([[{ one: 1 }], [{ three: 3 }]]);
      await conn.close();
    },
  },
  queue: {
    async run(open) {
      const conn = await open();
      const [one, two, three] = await Promise.all([
        conn.query('select 1 as one'),
        failure(conn.query('selec 2')),
        conn.query('select 3 as three'),
      ]);
      expect(one.rows).toEqual([{ one: 1 }]);
      expect(two).toBeInstanceOf(ProgrammingError);
      expect(three.rows).toEqual([{ three: 3 }]);
      await conn.close();
    },
  },
  'execute-many-batch': {
    async run(open) {
      const conn = await open();
      const cursor = conn.cursor();
      await cursor.executeMany('update person set name = %s where id = %s', [
        ['Ada L.', 1],
        ['Grace H.', 2],
        ['nobody', 3],
      ]);
      expect(cursor.rowCount).toBe(2);
      expect(conn.transactionStatus).toBe('idle');
      await conn.close();
    },
  },
  'execute-many-fails': {
    async run(open) {
      const conn = await open();
      const cursor = conn.cursor();
      const error = await failure(cursor.executeMany('update person set id = 1 / %s', [[1], [0]]));
      expect(error.sqlState).toBe('22012');
      expect(conn.transactionStatus).toBe('idle');
      await conn.close();
    },
  },
  'insert-many-committed': {
    async run(open) {
      const conn = await open();
      const cursor = conn.cursor();
      await cursor.executeMany('insert into person values (%s, %s)', [
        [3, 'c'],
        [4, null],
      ]);
      expect(cursor.rowCount).toBe(2);
      await conn.close();
    },
  },
  transaction: {
    async run(open) {
      const conn = await open();
      const rows = await conn.transaction(async (inside) => {
        await inside.query('update person set name = %s where id = %s', ['x', 1]);
        return (await inside.query('select name from person where id = %s', [1])).rows;
      });
      expect(rows).toEqual([{ name: 'x' }]);
      expect(conn.transactionStatus).toBe('idle');
      await conn.close();
    },
  },
  'transaction-undone': {
    async run(open) {
      const conn = await open();
      const error = await failure(
        conn.transaction(async (inside) => {
          await inside.query('update person set name = %s where id = %s', ['y', 1]);
          await inside.query('select 1 / 0 as never');
        }),
      );
      expect(error.sqlState).toBe('22012');
      expect(conn.transactionStatus).toBe('idle');
      await conn.close();
    },
  },
  'cursor-in-parts': {
    async run(open) {
      const conn = await open({ ...small, autocommit: false });
      const cursor = await conn.cursor().execute('select n from numbers order by n');
      expect(await cursor.fetchOne()).toEqual([1]);
      expect(await cursor.fetchMany(5)).toEqual(numbers.slice(1, 6));
      expect(await cursor.fetchAll()).toEqual(numbers.slice(6));
      expect(cursor.rowCount).toBe(40);
      await conn.rollback();
      await conn.close();
    },
  },
  'cursor-in-the-way': {
    async run(open) {
      const conn = await open(small);
      const cursor = await conn.cursor().execute('select n from numbers order by n');
      expect((await conn.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      const rows: unknown[][] = [];
      for await (const row of cursor) rows.push(row);
      expect(rows).toEqual(numbers);
      await conn.close();
    },
  },
  'cursor-left': {
    async run(open) {
      const conn = await open(small);
      const sql = 'select a.n from numbers a, numbers b, numbers c, numbers d order by 1';
      const cursor = await conn.cursor().execute(sql);
      for await (const row of cursor) {
        expect(row).toEqual([1]);
        break;
      }
      await cursor.execute('select 1 as one');
      expect((await conn.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
      await conn.close();
    },
  },
  'set-up': {
    async run(open) {
      const conn = await open({ queryGroup: 'reports', readOnly: true });
      expect((await conn.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      await conn.close();
    },
  },
};
