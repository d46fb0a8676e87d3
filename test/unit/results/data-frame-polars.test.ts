import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataFrame, Interval, NotSupportedError, Timestamp } from '../../../src/index.js';
import { anyFrame, valuesOf } from './frames.js';

/** Its native part is a package per platform, which npm may not have installed. */
const polars = await import('nodejs-polars').then(
  (loaded) => loaded.default,
  () => undefined,
);
if (polars === undefined) console.warn('skipped: nodejs-polars is not installed on this platform');

describe.skipIf(polars === undefined)('polars', () => {
  it('property: what comes back is what went there', async () => {
    const kinds = valuesOf.filter(([{ kind }]) => kind !== 'interval');
    await fc.assert(
      fc.asyncProperty(anyFrame(kinds), fc.nat(3), async ({ rows, names, types }, start) => {
        const schema = Object.fromEntries(names.map((name, index) => [name, types[index]!]));
        const df = DataFrame.from(rows, { schema }).slice(start);
        expect(DataFrame.from(await df.toPolars()).toObjects()).toStrictEqual(rows.slice(start));
      }),
      { numRuns: 40 },
    );
  });

  it('a frame made by polars', () => {
    const frame = polars!.DataFrame({ n: [1.5, null], s: ['x', 'é'], at: [new Date(5), null] });
    expect(DataFrame.from(frame).toObjects()).toEqual([
      { n: 1.5, s: 'x', at: new Date(5) },
      { n: null, s: 'é', at: null },
    ]);
  });

  it('reads the file that toIPC writes', () => {
    const df = DataFrame.from({ n: [1n, null], at: [new Timestamp(5, 1), null] });
    const frame = polars!.readIPC(Buffer.from(df.toIPC({ format: 'file' })));
    expect(frame.height).toBe(2);
    expect(DataFrame.from(frame).toObjects()).toEqual(df.toObjects());
  });

  it('refuses what polars has no place for, naming the column', async () => {
    await expect(DataFrame.from({ span: [new Interval({})] }).toPolars()).rejects.toThrow(
      /"span" is an interval/,
    );
    await expect(
      DataFrame.from({ a: [1] })
        .select([0, 0])
        .toPolars(),
    ).rejects.toThrow(/Several columns are called "a"/);
    await expect(DataFrame.from({ a: [[1]] }).toPolars()).rejects.toThrow(NotSupportedError);
  });
});
