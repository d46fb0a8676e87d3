/**
 * Target `decoder`: the bytes of recorded dialogues, mangled, and random messages with lies in them, in random chunks, into
 * framer and decoders. A slow strict decoder reads the same bytes: both refuse at the same message, or both read the same.
 */
import { ProtocolError } from '../../src/errors.js';
import { decodeBackend, encodeBackend } from '../../src/protocol/backend.js';
import { Framer, inRuns, type RowRun } from '../../src/protocol/framing.js';
import type { BackendMessage } from '../../src/protocol/messages.js';
import { recordedDialogues, type RecordedDialogue } from './dialogues.js';
import { Finding, hold, type Target } from './engine.js';
import { literal } from './literal.js';
import { mangleBytes } from './mangle.js';
import type { Random } from './random.js';
import { readMessage, readStream, type Told } from './reference/messages.js';
import { same } from './reference/reading.js';
import { kinds, randomMessage } from './server-messages.js';
import { smallerBytes } from './shrink.js';

interface DecoderInput {
  readonly bytes: Uint8Array;
  /** Where the chunks are cut. */
  readonly cuts: readonly number[];
  readonly version: number;
  readonly limit: number;
}

const limits = [0x3ffffffe, 64 * 1024, 100];
const pieces = [
  'D',
  'T',
  'C\0\0\0\u0009SELECT\0',
  'Z\0\0\0\u0005I',
  '\0\0\0\u0004',
  '\u007f\u00ff',
  '\0',
  'E',
  '1\0\0\0\u0004',
  '\0\0',
];

function generate(random: Random, dialogues: readonly RecordedDialogue[]): DecoderInput {
  const version = random.below(4);
  const recorded = random.oneIn(2);
  let messages: Buffer[];
  if (recorded) {
    const { messages: said } = random.pick(dialogues);
    const from = random.below(said.length);
    messages = said.slice(from, from + 1 + random.few(20));
    if (random.oneIn(3)) messages.push(...random.pick(dialogues).messages.slice(0, 1 + random.few(6)));
  } else messages = grammar(random, version);
  if (random.oneIn(4)) messages = random.shuffle(messages);
  let bytes: Buffer = Buffer.concat(random.oneIn(3) ? messages.map((each) => lie(random, each)) : messages);
  if (random.oneIn(2)) bytes = mangleBytes(random, bytes, pieces);
  const cuts = random.oneIn(6)
    ? Array.from(bytes.keys())
    : random.list(random.few(6), () => random.below(bytes.length + 1)).sort((a, b) => a - b);
  return {
    bytes: bytes.subarray(0, 60_000),
    cuts,
    version: recorded && !random.oneIn(8) ? 2 : version,
    limit: random.pick(limits),
  };
}

function grammar(random: Random, version: number): Buffer[] {
  const columns = random.few(4);
  const likely = ['RowDescription', 'DataRow', 'DataRow', 'CommandComplete'] as const;
  return random.list(1 + random.few(12), () => {
    const type = random.oneIn(2) ? random.pick(likely) : random.pick(kinds);
    const message = randomMessage(random, version, type, random.oneIn(10) ? random.few(4) : columns);
    const bytes = encodeBackend(message, version);
    checkEncoded(message, bytes, version);
    return Buffer.from(bytes);
  });
}

/** What the driver's own encoder writes is what the slow decoder reads: servers of tests and the local Redshift speak so. */
function checkEncoded(message: BackendMessage, bytes: Uint8Array, version: number): void {
  const told = readMessage(String.fromCharCode(bytes[0]!), bytes.subarray(5), version);
  hold(same(plain(told), plain(message)), () => `${literal(message)} was written as ${literal(bytes)}`);
}

/** A length or count that is not true. */
function lie(random: Random, message: Buffer): Buffer {
  if (!random.oneIn(3)) return message;
  const lied = Buffer.from(message);
  const places = [1, 5, 5, 7];
  const at = random.pick(places);
  if (at + 4 > lied.length) return lied;
  const wide = at === 1 || at === 7;
  const before = wide ? lied.readInt32BE(at) : lied.readInt16BE(at);
  const value = random.pick([
    before + random.between(-2, 2),
    0,
    -1,
    random.below(300),
    wide ? random.pick([0x40000000, 0x7fffffff, -0x80000000, 3]) : random.pick([0x7fff, -0x8000]),
  ]);
  if (wide) lied.writeInt32BE(value | 0, at);
  else lied.writeInt16BE((value << 16) >> 16, at);
  return lied;
}

interface Driven {
  readonly events: unknown[];
  refused: boolean;
  /** The largest that was allocated at once. */
  largest: number;
}

function drive({ bytes, cuts, version, limit }: DecoderInput): Driven {
  const driven: Driven = { events: [], refused: false, largest: 0 };
  const framer = new Framer(
    {
      message(type, body) {
        const message = decodeBackend(type, body, version);
        driven.events.push(message);
        if (message.type === 'RowDescription') framer.expectRows(message.fields.length);
        else if (
          message.type === 'CommandComplete' ||
          message.type === 'ErrorResponse' ||
          message.type === 'ReadyForQuery'
        )
          framer.expectRows(-1);
      },
      rows: inRuns((run) => {
        driven.events.push(...rowsOf(run));
      }),
    },
    limit,
  );
  const plainArray = globalThis.Uint8Array;
  globalThis.Uint8Array = new Proxy(plainArray, {
    construct(target, [size, ...rest], newTarget) {
      if (typeof size === 'number') driven.largest = Math.max(driven.largest, size);
      return Reflect.construct(target, [size, ...rest], newTarget) as object;
    },
  });
  try {
    let at = 0;
    for (const cut of [...cuts, bytes.length]) {
      if (cut <= at) continue;
      // A copy: nothing may be read beyond the chunk, and the framer keeps what it is given.
      framer.push(Buffer.from(bytes.subarray(at, cut)));
      at = cut;
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    driven.refused = true;
  } finally {
    globalThis.Uint8Array = plainArray;
  }
  return driven;
}

/** Rows as the results room walks them: it trusts what the framer has checked. */
function* rowsOf({ bytes, rows }: RowRun): Iterable<unknown> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const end = at + 1 + view.getInt32(at + 1);
    const count = view.getInt16(at + 5);
    at += 7;
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) {
      const length = view.getInt32(at);
      at += 4;
      values.push(length < 0 ? null : bytes.slice(at, at + length));
      at += Math.max(0, length);
    }
    if (at !== end) throw new Finding('A row that the framer has checked does not end where it should');
    yield { type: 'DataRow', values };
  }
  if (at !== bytes.length) throw new Finding('A run holds more than its rows');
}

/** Without what does not matter: kinds of byte arrays, and maps as lists. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => [name, plain(inner)]),
  );
}

function check(input: DecoderInput): void {
  const driven = drive(input);
  const { events, refused, untold } = readStream(input.bytes, input.version, input.limit);
  hold(
    driven.largest <= input.bytes.length + 64 * 1024,
    () => `${String(driven.largest)} bytes were allocated at once for ${String(input.bytes.length)}`,
  );
  for (
    let index = 0;
    index < (untold ? events.length : Math.max(events.length, driven.events.length));
    index++
  ) {
    const expected: Told = events[index];
    const actual = driven.events[index];
    if (!same(plain(expected), plain(actual))) {
      throw new Finding(
        `Message ${String(index + 1)}: the slow decoder reads ${literal(expected)}, the driver ${literal(actual)}`,
        'message',
      );
    }
  }
  if (untold === true) return;
  hold(
    refused === driven.refused,
    () => `The driver ${driven.refused ? 'refuses' : 'takes'} it, the slow decoder does not agree`,
  );
}

export const decoder: Target<DecoderInput> = {
  name: 'decoder',
  about: 'mangled dialogues and lying messages into framer and decoders, against a slow decoder',
  needs: 'nothing',
  open() {
    const dialogues = recordedDialogues();
    return Promise.resolve({
      generate: (random) => generate(random, dialogues),
      check,
      *smaller(input) {
        if (input.cuts.length > 0) yield { ...input, cuts: [] };
        for (const bytes of smallerBytes(input.bytes)) yield { ...input, bytes };
      },
    });
  },
};
