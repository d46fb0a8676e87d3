/** Section 9 of the failure matrix: results without end, floods, and memory that is bounded by the options, not by the server. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Framer, inRuns } from '../../../src/protocol/framing.js';
import { encodeBackend } from '../../../src/protocol/backend.js';
import { PreparedStatement, StatementCache } from '../../../src/session/statements.js';
import { connectMemory } from '../session/harness.js';
import {
  against,
  asked,
  column,
  complete,
  described,
  describedAs,
  expectClosed,
  failure,
  message,
  playLines,
  row,
  run,
  settled,
  until,
  works,
} from './dialogues.js';

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;
const mega = 1024 * 1024;
const patient = { timeout: 60_000 };

/** Bytes of buffers and of the heap that are in use. */
function inUse(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

/** How much more is in use at the most while this runs, than before it. */
async function grown(work: () => Promise<void>): Promise<number> {
  collect();
  const before = inUse();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, inUse())), 2);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return Math.max(most, inUse()) - before;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('R1: a slow reader of a huge result', () => {
  const bytes = 64 * 1024;
  const rows = 4800;
  const huge = `${described}! repeat ${String(rows)}\n${row('x'.repeat(bytes))}${complete()}`;

  it('R1: the socket is paused while nobody reads: the server waits', patient, async () => {
    await against(huge, async (conn) => {
      const cursor = await conn.cursor().execute('select a', null, { stream: true });
      await cursor.fetchOne();
      await pause(150);
      const came = conn.stats.bytesReceived;
      // The buffer of a stream, and one chunk of the socket.
      expect(came).toBeLessThan(3 * mega);
      await pause(150);
      expect(conn.stats.bytesReceived).toBe(came);
      await cursor.close();
    });
  });

  it('R1: 300 MB, read with rests: memory stays flat', patient, async () => {
    let count = 0;
    let wrong = 0;
    const more = await grown(async () => {
      await against(huge, async (conn) => {
        for await (const [value] of await conn
          .cursor()
          .execute<[string]>('select a', null, { stream: true })) {
          if (value.length !== bytes) wrong++;
          if (++count % 500 === 0) await pause(5);
        }
      });
    });
    expect(count).toBe(rows);
    expect(wrong).toBe(0);
    // Both ends and the garbage between two collections; the result is 300 MB.
    expect(more).toBeLessThan(120 * mega);
  });

  it('R1: without stream, fetched in parts: bounded by fetchBufferSize', patient, async () => {
    let count = 0;
    const more = await grown(async () => {
      await against(
        huge,
        async (conn) => {
          const cursor = await conn.cursor().execute('select a');
          for (let some = await cursor.fetchMany(50); some.length > 0; some = await cursor.fetchMany(50))
            count += some.length;
        },
        { fetchBufferSize: 4 * mega },
      );
    });
    expect(count).toBe(rows);
    expect(more).toBeLessThan(150 * mega);
  });
});

describe('R2: large values, many columns, many rows at once', () => {
  it(
    'R2: a value of 100 MB: right to the last byte; the buffer is at most twice the message, and given back',
    patient,
    async () => {
      const size = 100 * mega;
      const value = Buffer.alloc(size, 'abcdefghij');
      const bytes = encodeBackend({ type: 'DataRow', values: [value] }, 2);
      collect();
      const before = process.memoryUsage().arrayBuffers;
      await against(
        async (peer) => {
          await playLines(peer, `! login\n${described}`);
          await peer.raw(bytes);
          await playLines(peer, `${complete()}${works}`);
          await peer.silence();
        },
        async (conn) => {
          let most = 0;
          const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 2);
          const result = await conn.query<{ a: string }>('select a');
          clearInterval(watch);
          const { a } = result.rows[0]!;
          expect(a.length).toBe(size);
          expect(a.slice(0, 10)).toBe('abcdefghij');
          expect(a.slice(-10)).toBe(value.toString('latin1', size - 10));
          // Chunks that are still to be collected come on top.
          expect(most - before).toBeLessThan(3.2 * size);
          result.rows.length = 0;
          await conn.query('select b');
          // What was let go is given back a little later.
          await until(() => {
            collect();
            return process.memoryUsage().arrayBuffers - before < 8 * mega;
          }, 'the memory of the value');
        },
      );
    },
  );

  it('R2: the buffer of a message in parts grows at most to twice what has come', () => {
    const size = 8 * mega;
    const whole = encodeBackend({ type: 'DataRow', values: [Buffer.alloc(size)] }, 2);
    let rows = 0;
    const framer = new Framer({ message: () => undefined, rows: inRuns((run) => (rows += run.rows)) });
    framer.expectRows(1);
    for (let at = 0; at < whole.length; at += 16_384) framer.push(whole.subarray(at, at + 16_384));
    expect(rows).toBe(1);
    expect(framer.partial).toBe(false);
  });

  it('R2: 1,600 columns', patient, async () => {
    const names = Array.from({ length: 1600 }, (_, index) => `c${String(index)}`);
    const values = names.map((name, index) => (index % 7 === 0 ? null : name.toUpperCase()));
    const lines = `${asked}${describedAs(names.map((name) => column(name)))}${run}< BindComplete\n! repeat 20\n< DataRow values=${JSON.stringify(values)}\n${complete()}`;
    await against(lines, async (conn) => {
      const { rows, columns } = await conn.query('select a');
      expect(columns.map(({ name }) => name)).toEqual(names);
      expect(rows).toHaveLength(20);
      for (const one of rows) expect(Object.values(one)).toEqual(values);
    });
  });

  it('R2: a million rows in one segment', patient, async () => {
    const count = 1_000_000;
    const one = Buffer.from(encodeBackend({ type: 'DataRow', values: [Buffer.from('7')] }, 2));
    const chunk = Buffer.alloc(one.length * count);
    for (let at = 0; at < chunk.length; at += one.length) one.copy(chunk, at);
    // In one chunk, as a memory of one segment holds them …
    let rows = 0;
    let runs = 0;
    const framer = new Framer({
      message: () => undefined,
      rows: inRuns((given) => ((rows += given.rows), runs++)),
    });
    framer.expectRows(1);
    framer.push(chunk);
    expect([rows, runs]).toEqual([count, 1]);
    // … and over a socket.
    await against(
      async (peer) => {
        await playLines(peer, `! login\n${asked}${describedAs([column('a')])}${run}< BindComplete`);
        await peer.raw(chunk.subarray(0, chunk.length >> 2));
        await peer.raw(chunk.subarray(chunk.length >> 2));
        await playLines(peer, complete());
        await peer.silence();
      },
      async (conn) => {
        const cursor = await conn.cursor().execute<[string]>('select a');
        expect((await cursor.fetchAll()).length).toBe(count);
        expect(cursor.rowCount).toBe(count);
      },
    );
  });
});

describe('R3: a header that announces 1 GiB, and a trickle behind it', () => {
  it.each(['D', 'T', 'E', 'N', 'S', 'C'])(
    'R3: of type %s: memory grows with what has come',
    patient,
    async (type) => {
      const trickled = 2 * mega;
      await against(
        async (peer) => {
          await playLines(peer, `! login\n${type === 'D' || type === 'C' ? described : asked}`);
          await peer.raw(message(type, Buffer.alloc(0), 0x3fff_fffe));
          const piece = Buffer.alloc(16_384, 0x61);
          // A DataRow is looked at when it is whole only.
          for (let sent = 0; sent < trickled; sent += piece.length) await peer.raw(piece);
          await peer.wait(20);
          peer.cut();
        },
        async (conn) => {
          const more = await grown(async () => {
            expect(await failure(conn.query('select a'))).toMatchObject({ name: 'ConnectionLostError' });
          });
          // Both ends, the chunks of the sockets, and garbage between two collections; the announcement is 1,024 MB.
          expect(more).toBeLessThan(24 * mega);
          await expectClosed(conn);
        },
      );
    },
  );

  it('R3: exactly: at most twice what has come and 64 KiB', patient, async () => {
    collect();
    const framer = new Framer({ message: () => undefined, rows: inRuns(() => undefined) });
    framer.expectRows(1);
    const before = process.memoryUsage().arrayBuffers;
    framer.push(message('D', Buffer.alloc(0), 0x3fff_fffe));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024);
    const piece = Buffer.alloc(16_384);
    for (let sent = 0; sent < 4 * mega; sent += piece.length) framer.push(piece);
    // What was let go is given back a little later.
    await until(() => {
      collect();
      return process.memoryUsage().arrayBuffers - before < 2 * 4 * mega + 128 * 1024;
    }, 'memory of twice what has come');
    expect(framer.partial).toBe(true);
  });
});

describe('R4: floods', () => {
  it(
    'R4: 100,000 notices: the last 1,000 are kept, every one was told, the result is right',
    patient,
    async () => {
      const flood = `! repeat 99999\n< NoticeResponse S="NOTICE" M="flood"\n< NoticeResponse S="NOTICE" M="last"\n`;
      await against(`${asked}${flood}${works.slice(asked.length)}`, async (conn) => {
        let told = 0;
        conn.on('notice', () => told++);
        expect((await conn.query('select a')).rows).toEqual([{ a: 'x' }]);
        expect(told).toBe(100_000);
        expect(conn.notices).toHaveLength(1000);
        expect(conn.notices.at(-1)?.message).toBe('last');
        expect(conn.stats.notices).toBe(100_000);
      });
    },
  );

  it('R4: long notices: what is kept is bounded by its size, too', patient, async () => {
    const flood = `! repeat 300\n< NoticeResponse S="NOTICE" M="${'n'.repeat(100_000)}"\n`;
    await against(`${asked}${flood}${works.slice(asked.length)}`, async (conn) => {
      await conn.query('select a');
      const kept = conn.notices.reduce((sum, { message: text }) => sum + text.length, 0);
      expect(kept).toBeLessThan(1.1 * mega);
      expect(conn.notices.length).toBeGreaterThan(5);
    });
  });

  it(
    'R4: parameters of 100,000 names: a bounded number is kept, those that matter still count',
    patient,
    async () => {
      const flood = Buffer.concat(
        Array.from({ length: 100_000 }, (_, index) =>
          encodeBackend({ type: 'ParameterStatus', name: `name ${String(index)}`, value: 'v' }, 2),
        ),
      );
      await against(
        async (peer) => {
          await playLines(peer, `! login\n${asked}`);
          await peer.raw(flood);
          await playLines(peer, '< ParameterStatus name="TimeZone" value="Europe/Zurich"');
          await peer.raw(
            encodeBackend({ type: 'ParameterStatus', name: 'search_path', value: 's'.repeat(2 * mega) }, 2),
          );
          await playLines(peer, works.slice(asked.length));
          await peer.silence();
        },
        async (conn) => {
          expect((await conn.query('select a')).rows).toEqual([{ a: 'x' }]);
          expect(conn.parameters.size).toBeLessThanOrEqual(1000);
          expect(conn.parameters.get('TimeZone')).toBe('Europe/Zurich');
          let text = 0;
          for (const [name, value] of conn.parameters) text += name.length + value.length;
          expect(text).toBeLessThan(1.1 * mega);
        },
      );
    },
  );

  it('R4: notifications that nobody listens to are kept nowhere', patient, async () => {
    const flood = `! repeat 50000\n< NotificationResponse processId=1 channel="c" payload="p"\n`;
    await against(`${asked}${flood}${works.slice(asked.length)}`, async (conn) => {
      expect((await conn.query('select a')).rows).toEqual([{ a: 'x' }]);
    });
  });
});

describe('R5: ever new statements', () => {
  it('R5: 100,000 of them: the list keeps the last ones, and has every other one closed once', () => {
    const cache = new StatementCache(1000);
    const open = new Set<string>();
    for (let index = 0; index < 100_000; index++) {
      for (const due of cache.closing()) {
        if (due.type !== 'Close') throw new Error('what is due is Close');
        expect(open.delete(due.name)).toBe(true);
        cache.told(due.name);
      }
      const name = cache.newName();
      open.add(name);
      cache.add(StatementCache.key(`select ${String(index)}`, []), new PreparedStatement(name, []));
      if (open.size > 1001) throw new Error(`${String(open.size)} statements are open on the server`);
    }
    expect(cache.size).toBe(1000);
  });

  it(
    'R5: over a connection: the server never holds more than the option says and the one that runs',
    patient,
    async () => {
      const harness = await connectMemory({ autocommit: true });
      let most = 0;
      for (let index = 0; index < 3000; index++) {
        await harness.connection.query(`rows 1 s${String(index)}`);
        most = Math.max(most, harness.server.prepared);
        // Some are used again and again: they stay.
        if (index % 3 === 0) await harness.connection.query('rows 1 often');
      }
      // maxPreparedStatements is 10 there; beside them the one without a name.
      expect(most).toBeLessThanOrEqual(12);
      await harness.connection.close();
    },
  );
});

describe('R6: a result that is larger than maxResultBytes', () => {
  const limits = { maxResultBytes: mega, fetchBufferSize: 256 * 1024 };
  const large = `${described}! repeat 200\n${row('x'.repeat(16_384))}${complete()}`;
  const text = /maxResultBytes \(1048576 bytes\).*stream/;

  it(
    'R6: query: the error says how much and what to do instead; the connection is usable',
    patient,
    async () => {
      await against(
        `${large}${works}`,
        async (conn) => {
          const error = await failure(conn.query('select a'));
          expect(error).toMatchObject({ name: 'OperationalError' });
          expect(error.message).toMatch(text);
          const next = await settled(conn.query('select b'));
          if ('value' in next) expect(next.value).toMatchObject({ rows: [{ a: 'x' }] });
          else await expectClosed(conn);
        },
        limits,
      );
    },
  );

  it('R6: fetchAll: the same', patient, async () => {
    await against(
      large,
      async (conn) => {
        const cursor = await conn.cursor().execute('select a');
        expect((await failure(cursor.fetchAll())).message).toMatch(text);
        // Never a part of it as if it were all.
        expect(await failure(cursor.fetchAll())).toBeInstanceOf(Error);
      },
      limits,
    );
  });

  it('R6: script: the same', patient, async () => {
    const scripted = `> Query ...\n< RowDescription fields=[${column('a')}]\n! repeat 200\n${row('x'.repeat(16_384))}${complete()}`;
    await against(
      `${scripted}${works}`,
      async (conn) => {
        expect((await failure(conn.script('select a'))).message).toMatch(text);
        await until(() => conn.closed || conn.transactionStatus === 'idle', 'the end of the answer');
        if (!conn.closed) expect((await conn.query('select b')).rows).toEqual([{ a: 'x' }]);
      },
      limits,
    );
  });

  it('R6: streamed, it is read to its end', patient, async () => {
    await against(
      large,
      async (conn) => {
        let count = 0;
        for await (const one of await conn.cursor().execute('select a')) count += one.length;
        expect(count).toBe(200);
      },
      limits,
    );
  });
});
