import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.js';
import { writeInstant } from '../../../src/types/instants.js';
import { ParameterBuffer } from '../../../src/types/parameter-buffer.js';
import { Timestamp } from '../../../src/types/timestamp.js';

/** One value, as the server would cut it out of a Bind: null for NULL. */
interface Written {
  write(out: ParameterBuffer): void;
  readonly bytes: Buffer | null;
}

function big(write: (view: DataView) => void): Buffer {
  const view = new DataView(new ArrayBuffer(8));
  write(view);
  return Buffer.from(view.buffer);
}

const instants = fc.oneof(
  fc.date({ noInvalidDate: true }),
  fc.date({ noInvalidDate: true, min: new Date(-62_135_596_800_000), max: new Date(253_402_300_799_999) }),
);
const lengths = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 10_000, max: 40_000 }));

const written: fc.Arbitrary<Written> = fc.oneof(
  fc.constant({
    write: (out: ParameterBuffer) => {
      out.null();
    },
    bytes: null,
  }),
  fc.boolean().map((value) => ({
    write: (out: ParameterBuffer) => {
      out.boolean(value);
    },
    bytes: Buffer.from([value ? 1 : 0]),
  })),
  fc.integer().map((value) => ({
    write: (out: ParameterBuffer) => {
      out.int4(value);
    },
    bytes: big((view) => {
      view.setInt32(0, value);
    }).subarray(0, 4),
  })),
  fc.maxSafeInteger().map((value) => ({
    write: (out: ParameterBuffer) => {
      out.int8(value);
    },
    bytes: big((view) => {
      view.setBigInt64(0, BigInt(value));
    }),
  })),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((value) => ({
    write: (out: ParameterBuffer) => {
      out.bigint(value);
    },
    bytes: big((view) => {
      view.setBigInt64(0, value);
    }),
  })),
  fc.double().map((value) => ({
    write: (out: ParameterBuffer) => {
      out.float8(value);
    },
    bytes: big((view) => {
      view.setFloat64(0, value);
    }),
  })),
  fc
    .tuple(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('', '\ud800', 'é', '\u{1F600}'),
      lengths,
    )
    .map(([head, tail, length]) => {
      const text = `${head}${tail}`.padEnd(length, 'ab é');
      return {
        write: (out: ParameterBuffer) => {
          out.text(text);
        },
        bytes: Buffer.from(text, 'utf8'),
      };
    }),
  fc.tuple(instants, fc.integer({ min: 0, max: 999 })).map(([date, micros]) => {
    const value = micros === 0 ? date : new Timestamp(date.getTime(), micros);
    return {
      write: (out: ParameterBuffer) => {
        out.instant(value);
      },
      bytes: Buffer.from(writeInstant(value)!, 'latin1'),
    };
  }),
  fc.integer({ min: -719_162, max: 2_932_896 }).map((day) => ({
    write: (out: ParameterBuffer) => {
      out.day(day);
    },
    bytes: Buffer.from(writeInstant(new Date(day * 86_400_000))!.slice(0, 10), 'latin1'),
  })),
  fc.tuple(lengths, fc.boolean()).map(([length, own]) => {
    const bytes = Buffer.alloc(length, 'bytes');
    return {
      write: (out: ParameterBuffer) => {
        if (own) out.own(bytes);
        else out.copy(Buffer.concat([Buffer.from('xx'), bytes, Buffer.from('y')]), 2, 2 + length);
      },
      bytes,
    };
  }),
);

/** As text of bytes, which is compared in one go. */
const shown = (bytes: Buffer | null): string | null => bytes?.toString('latin1') ?? null;

function cut({ count, bytes, pieces }: ReturnType<ParameterBuffer['take']>): (string | null)[] {
  const all = Buffer.concat(pieces);
  expect(all.length).toBe(bytes);
  const values: (string | null)[] = [];
  for (let at = 0; at < all.length;) {
    const length = all.readInt32BE(at);
    values.push(length === -1 ? null : shown(all.subarray(at + 4, at + 4 + length)));
    at += 4 + Math.max(length, 0);
  }
  expect(values).toHaveLength(count);
  return values;
}

describe('a buffer of parameters', () => {
  it('holds every value as it was written, in order, time after time', () => {
    fc.assert(
      fc.property(fc.array(fc.array(written, { maxLength: 12 }), { maxLength: 5 }), (takes) => {
        const out = new ParameterBuffer();
        const taken = takes.map((values) => {
          for (const value of values) value.write(out);
          return out.take();
        });
        // Only now: what was taken does not change by what comes after.
        expect(taken.map(cut)).toEqual(takes.map((values) => values.map(({ bytes }) => shown(bytes))));
      }),
      { numRuns: 100 },
    );
  });

  it('goes back to a mark, and on from there', () => {
    fc.assert(
      fc.property(
        fc.array(written, { maxLength: 10 }),
        fc.array(written, { maxLength: 10 }),
        fc.array(written, { maxLength: 10 }),
        (before, dropped, after) => {
          const out = new ParameterBuffer();
          for (const value of before) value.write(out);
          const mark = out.mark();
          for (const value of dropped) value.write(out);
          out.backTo(mark);
          expect([out.count, out.bytes]).toEqual([mark.count, mark.bytes]);
          for (const value of after) value.write(out);
          expect(cut(out.take())).toEqual([...before, ...after].map(({ bytes }) => shown(bytes)));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('takes no memory for values that are many bytes, and refuses more than a message holds', () => {
    const out = new ParameterBuffer();
    const megabytes64 = Buffer.alloc(64 * 1024 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 15; count++) out.own(megabytes64);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 1024 * 1024);
    expect(() => {
      out.own(megabytes64);
    }).toThrow(ArgumentError);
  });
});
