import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../src/errors.js';
import { decodeBackend, encodeBackend } from '../../../src/protocol/backend.js';
import { describeMessage, parseMessage } from '../../../src/protocol/describe.js';
import { Framer, inRuns, type RowRun } from '../../../src/protocol/framing.js';
import type { BackendMessage } from '../../../src/protocol/messages.js';
import { bytes } from './hex.js';

const dialogue = [
  'ParseComplete',
  'ParameterDescription typeOids=[23]',
  'RowDescription fields=[{"name":"a","typeOid":23},{"name":"b"}]',
  'ReadyForQuery status="T"',
  'BindComplete',
  'DataRow values=[\\x00000001,"one"]',
  'DataRow values=[\\x00000002,null]',
  'NoticeResponse S="INFO" M="in the middle"',
  'DataRow values=[null,""]',
  'DataRow values=[null,null]',
  'CommandComplete tag="SELECT"',
  'RowDescription fields=[]',
  'DataRow values=[]',
  'DataRow values=[]',
  'CommandComplete tag="SELECT"',
  'ReadyForQuery status="I"',
];
const stream = Buffer.concat(dialogue.map((line) => encodeBackend(parseMessage(line) as BackendMessage, 0)));

/** Cuts a run of rows into its messages, by the lengths it carries. */
function rowsOf(run: RowRun): string[] {
  const lines: string[] = [];
  const view = new DataView(run.bytes.buffer, run.bytes.byteOffset, run.bytes.byteLength);
  for (let at = 0; at < run.bytes.length;) {
    const next = at + 1 + view.getInt32(at + 1);
    lines.push(describeMessage(decodeBackend(run.bytes[at]!, run.bytes.subarray(at + 5, next), 0)));
    at = next;
  }
  expect(lines).toHaveLength(run.rows);
  return lines;
}

interface Heard {
  readonly framer: Framer;
  readonly lines: string[];
  readonly runs: RowRun[];
}

/** A listener that does what a session does: a row description decides which rows may come. */
function listen(columns = -1): Heard {
  const lines: string[] = [];
  const runs: RowRun[] = [];
  const framer = new Framer({
    message(type, body) {
      const message = decodeBackend(type, body, 0);
      if (message.type === 'RowDescription') framer.expectRows(message.fields.length);
      if (message.type === 'CommandComplete') framer.expectRows(-1);
      lines.push(describeMessage(message));
    },
    rows: inRuns((run) => {
      runs.push(run);
      lines.push(...rowsOf(run));
    }),
  });
  framer.expectRows(columns);
  return { framer, lines, runs };
}

describe('Framer', () => {
  it('delivers messages in order and rows in runs as long as the chunk allows', () => {
    const { framer, lines, runs } = listen();
    framer.push(stream);
    expect(lines).toEqual(dialogue);
    expect(runs.map((run) => run.rows)).toEqual([2, 2, 2]);
    // No copy: the runs lie in the chunk.
    for (const run of runs) expect(run.bytes.buffer).toBe(stream.buffer);
    expect(framer.partial).toBe(false);
  });

  it('delivers the same byte by byte', () => {
    const { framer, lines } = listen();
    for (let i = 0; i < stream.length; i++) framer.push(stream.subarray(i, i + 1));
    expect(lines).toEqual(dialogue);
    expect(framer.partial).toBe(false);
  });

  it('delivers the same when cut at any one place, and says when a message is not whole', () => {
    const boundaries = new Set<number>();
    for (let at = 0; at < stream.length; at += 1 + stream.readInt32BE(at + 1)) boundaries.add(at);
    for (let cut = 1; cut < stream.length; cut++) {
      const { framer, lines } = listen();
      framer.push(stream.subarray(0, cut));
      expect(framer.partial).toBe(!boundaries.has(cut));
      framer.push(stream.subarray(cut));
      expect(lines).toEqual(dialogue);
    }
  });

  it('delivers the same when cut anywhere, by chunks that lie anywhere in their buffers', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length })), fc.nat({ max: 9 }), (cuts, offset) => {
        const { framer, lines } = listen();
        const at = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        for (let i = 1; i < at.length; i++) {
          const piece = stream.subarray(at[i - 1], at[i]);
          const chunk = new Uint8Array(offset + piece.length + offset).subarray(
            offset,
            offset + piece.length,
          );
          chunk.set(piece);
          framer.push(chunk);
        }
        expect(lines).toEqual(dialogue);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps an unfinished message of any length as it was, when its chunk is overwritten', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 20_000 }),
        (lengths, size) => {
          const rows = lengths.map((length, at) =>
            encodeBackend({ type: 'DataRow', values: [new Uint8Array(length).fill(at + 1)] }, 0),
          );
          const came: string[] = [];
          const framer = new Framer({
            message: () => undefined,
            rows: inRuns((run) => came.push(Buffer.from(run.bytes).toString('latin1'))),
          });
          framer.expectRows(1);
          const all = Buffer.concat(rows);
          const chunk = Buffer.alloc(size);
          for (let at = 0; at < all.length; at += size) {
            const length = all.copy(chunk, 0, at, at + size);
            framer.push(chunk.subarray(0, length));
            chunk.fill(0xaa);
          }
          expect(came.join('') === all.toString('latin1')).toBe(true);
          expect(framer.partial).toBe(false);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('lets a handler change what is expected for the very next message', () => {
    const { framer, lines } = listen();
    const two = encodeBackend(parseMessage('DataRow values=[null,null]') as BackendMessage, 0);
    const end = encodeBackend({ type: 'CommandComplete', tag: 'SELECT' }, 0);
    framer.expectRows(2);
    expect(() => framer.push(Buffer.concat([two, end, two]))).toThrow(ProtocolError);
    expect(lines).toEqual(['DataRow values=[null,null]', 'CommandComplete tag="SELECT"']);
  });

  it('passes on what a handler throws, and is over then', () => {
    const framer = new Framer({
      message() {
        throw new RangeError('mine');
      },
      rows: inRuns(() => undefined),
    });
    expect(() => framer.push(stream)).toThrow(RangeError);
    expect(() => framer.push(stream)).not.toThrow();
  });
});

describe('what a server may not send', () => {
  const ready = '"Z" 00000005 "I"';

  function refused(written: string, columns = -1, limit?: number): string[] {
    const whole = bytes(written);
    const heard = listen(columns);
    if (limit !== undefined) heard.framer.limit = limit;
    expect(() => heard.framer.push(whole)).toThrow(ProtocolError);
    // The same byte by byte, and nothing afterwards.
    const slow = listen(columns);
    if (limit !== undefined) slow.framer.limit = limit;
    expect(() => {
      for (const byte of whole) slow.framer.push(Uint8Array.of(byte));
    }).toThrow(ProtocolError);
    expect(slow.lines).toEqual(heard.lines);
    heard.framer.push(bytes(ready));
    expect(heard.lines).toEqual(slow.lines);
    return heard.lines;
  }

  it.each(['00000000', '00000001', '00000002', '00000003'])('refuses length %s', (length) => {
    expect(refused(`${ready} "C" ${length}`)).toEqual(['ReadyForQuery status="I"']);
  });

  it.each(['3fffffff', '40000000', '7fffffff', '80000000', 'ffffffff'])(
    'refuses length %s from the header, without waiting for a body',
    (length) => {
      refused(`"C" ${length}`);
      refused(`"D" ${length}`, 1);
    },
  );

  it('holds to the limit that the session sets', () => {
    refused('"E" 00010001', -1, 65_536);
    const { framer, lines } = listen();
    framer.limit = 65_536;
    framer.push(bytes('"E" 00010000'));
    expect(lines).toEqual([]);
    expect(framer.partial).toBe(true);
  });

  it.each(['Q', 'P', 'B', 'X', 'p', 'i', 'f', '!', '\u0000', '\u00ff'])(
    'refuses the type %j from its one byte',
    (type) => {
      refused(Buffer.from([type.charCodeAt(0)]).toString('hex'));
      refused(`${ready} ${Buffer.from([type.charCodeAt(0)]).toString('hex')} 00000004`);
    },
  );

  it('refuses a row where none may come from its first byte', () => {
    refused('"D"');
    refused('"D" 3ffffffe 0001');
    refused(`${ready} "D" 0000000a 0001 ffffffff`);
  });

  it.each([
    ['fewer values than described', 2, '"D" 0000000a 0001 ffffffff'],
    ['more values than described', 1, '"D" 0000000e 0002 ffffffff ffffffff'],
    ['a value over its end', 1, '"D" 0000000c 0001 00000003 aabb'],
    ['a value of 2 GiB', 1, '"D" 0000000c 0001 7fffffff aabb'],
    ['a length of -2', 1, '"D" 0000000a 0001 fffffffe'],
    ['bytes left over', 1, '"D" 0000000b 0001 ffffffff 00'],
    ['no count', 1, '"D" 00000004'],
    ['half a count', 0, '"D" 00000005 00'],
    ['values missing', 2, '"D" 0000000a 0002 ffffffff'],
    ['a negative count', 1, '"D" 00000006 ffff'],
  ])('refuses a row with %s, behind the good rows before it', (_, columns, row) => {
    const good = `"D" ${(6 + 4 * columns).toString(16).padStart(8, '0')} ${columns.toString(16).padStart(4, '0')} ${'ffffffff'.repeat(columns)}`;
    expect(refused(`${good} ${good} ${row}`, columns)).toHaveLength(2);
  });

  it('reserves memory for what came, not for what was announced', () => {
    const { framer } = listen();
    const before = process.memoryUsage().arrayBuffers;
    framer.push(bytes('"E" 3ffffffe "M"'));
    for (let i = 0; i < 100; i++) framer.push(new Uint8Array(10_000).fill(0x61));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    expect(framer.partial).toBe(true);
  });

  it('joins a message of many chunks in time that grows with its bytes', () => {
    const { framer, lines } = listen(1);
    const row = encodeBackend({ type: 'DataRow', values: [new Uint8Array(8_000_000).fill(0x61)] }, 0);
    const started = performance.now();
    for (let at = 0; at < row.length; at += 1000) framer.push(row.subarray(at, at + 1000));
    expect(performance.now() - started).toBeLessThan(2000);
    expect(lines).toHaveLength(1);
  });

  it('survives random bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
        const framer = new Framer({ message: () => undefined, rows: inRuns(() => undefined) });
        framer.expectRows(1);
        try {
          for (const chunk of chunks) framer.push(chunk);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });

  it.each(['', '00000000', '7fffffff'])(
    'gives the rows before a header that cannot be, also out of one chunk (%j)',
    (length) => {
      const rows = dialogue
        .slice(2, 3)
        .concat(dialogue.slice(5, 7))
        .map((line) => encodeBackend(parseMessage(line) as BackendMessage, 0));
      const wrong = length === '' ? bytes('00 0000 0004') : Buffer.concat([Buffer.from('C'), bytes(length)]);
      for (const cut of [0, 1]) {
        const heard = listen();
        const whole = Buffer.concat([...rows, wrong]);
        expect(() => {
          heard.framer.push(whole.subarray(0, whole.length - wrong.length * cut));
          heard.framer.push(whole.subarray(whole.length - wrong.length * cut));
        }).toThrow(ProtocolError);
        expect(heard.runs.map((run) => run.rows)).toEqual([2]);
      }
    },
  );
});
