/** Random results of every type: cells that their type can read, and now and then one that it cannot. */
import fc from 'fast-check';
import type { FieldDescription } from '../../../src/protocol/messages.js';
import { blockOf, type ServerTraits } from '../../../src/types/codec.js';
import { defaultCodecs, vectors } from '../../../src/types/defaults.js';
import type { TypeRegistry } from '../../../src/types/registry.js';
import { binaryArray, int128, int16, int32, int64, numericModifier } from '../types/cells.js';
import { dataRow, fieldOf } from './rows.js';

/** Whatever a server of either kind might send, for some type or other. */
const candidates: readonly Buffer[] = [
  ...[
    [
      '',
      'a',
      'ab',
      'abc',
      'abcd',
      'x'.repeat(11),
      'x'.repeat(12),
      'x'.repeat(13),
      'y'.repeat(32),
      'z'.repeat(33),
    ],
    ['é', 'ü東京', 'São Paulo', 'a\0b', '😀', '\u00e9'.repeat(6), 'f'.repeat(300), ' padded  '],
    [
      '0',
      '-0',
      '7',
      '-12',
      '123456789012345',
      '9223372036854775807',
      '-9223372036854775808',
      '9007199254740993',
    ],
    [
      '1.50',
      '-0.001',
      '0.10',
      '123456789.1234',
      '12345678901234567890123456789012345678',
      '.5',
      '5.',
      '1e5',
      '--1',
    ],
    [
      'NaN',
      'Infinity',
      '-Infinity',
      'infinity',
      '-infinity',
      't',
      'f',
      'true',
      'yes',
      '\\x00ff',
      '00ff',
      '0',
    ],
    [
      '2024-02-29',
      '2024-02-30',
      '0044-03-15 BC',
      '2024-02-29 12:34:56',
      '2024-02-29 12:34:56.123456',
      '24:00:00',
    ],
    [
      '2024-02-29 12:34:56.1+00',
      '1999-12-31 23:59:59.999+05:30',
      '12:34:56.5',
      '12:34:56+02',
      '1 year 2 mons',
    ],
    ['{1,2,NULL}', '{}', '{a,"b c"}', '{"k": 12345678901234567890}', '[1]', '1 2 3', 'null'],
  ].flatMap((texts) => texts.map((text) => Buffer.from(text))),
  Buffer.from([0xff, 0xfe, 0x41]),
  Buffer.from([0]),
  Buffer.from([1]),
  Buffer.from([2]),
  ...[0, 1, -1, 32_767, -32_768].map(int16),
  ...[0, 1, -1, 2_147_483_647, -2_147_483_648, 9000, 12_345].map(int32),
  ...[
    0n,
    1n,
    -1n,
    2n ** 53n,
    -(2n ** 53n),
    -(2n ** 53n) + 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    761_234_567_000_000n,
    761_234_567_012_300n,
    -1n - 86_400_000_000n,
    -86_400_000_000n * 366n,
    9_007_199_254_740_991n,
    -9_007_199_254_740_992n,
    999_999n,
  ].map(int64),
  ...[0n, -5n, 10n ** 15n, -(10n ** 15n), 2n ** 63n, -(2n ** 64n) - 7n, 10n ** 37n, 2n ** 53n].map(int128),
  Buffer.concat([int64(45_296_000_000n), int32(-3600)]),
  Buffer.concat([int64(86_400_000_000n), int32(14), int32(3)]),
  Buffer.from('40490fdb', 'hex'),
  Buffer.from('400921fb54442d18', 'hex'),
  Buffer.from('7ff8000000000000', 'hex'),
  Buffer.from('000300000000000600010e3a162e', 'hex'),
  binaryArray(23, [int32(1), null, int32(-3)]),
  binaryArray(25, [Buffer.from('a'), Buffer.from('ü')]),
  binaryArray(21, []),
];

const oids = [
  ...defaultCodecs.flatMap(({ oid, arrayOid }) => (arrayOid === undefined ? [oid] : [oid, arrayOid])),
  ...vectors.keys(),
  987_654,
];
/** Most columns of the world; the rest take turns. */
const common = [16, 20, 21, 23, 25, 700, 701, 1043, 1082, 1114, 1184, 1700];

export interface RandomResult {
  readonly fields: FieldDescription[];
  readonly formats: Uint8Array;
  readonly server: ServerTraits & { readonly timeZone: string };
  readonly rows: Buffer[];
}

interface Recipe {
  readonly seed: number;
  readonly count: number;
  readonly columns: readonly {
    readonly oid: number;
    readonly binary: boolean;
    readonly scale: number;
    readonly few: boolean;
  }[];
  readonly server: ServerTraits;
  /** One cell in so many is no value of its type; 0: none. */
  readonly badIn: number;
}

const recipe: fc.Arbitrary<Recipe> = fc.record({
  seed: fc.integer({ min: 1, max: 0x7fff_fffe }),
  count: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 200, max: 1300 })),
  columns: fc.array(
    fc.record({
      oid: fc.oneof(fc.constantFrom(...common), fc.constantFrom(...oids)),
      binary: fc.boolean(),
      scale: fc.integer({ min: -1, max: 37 }),
      few: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  server: fc.constantFrom<ServerTraits[]>(
    { dialect: 'redshift', protocolVersion: 2 },
    { dialect: 'redshift', protocolVersion: 0 },
    { dialect: 'postgresql', protocolVersion: 0 },
  ),
  badIn: fc.constantFrom(0, 0, 0, 300, 30),
});

/** What the recipe makes under these types: which cells can be read depends on them. */
function cook(recipe: Recipe, types: TypeRegistry): RandomResult {
  let state = recipe.seed;
  const below = (limit: number): number => {
    state = Math.imul(state, 48_271) % 0x7fff_ffff;
    return Math.abs(state) % limit;
  };
  const fields = recipe.columns.map(({ oid, scale }, at) =>
    fieldOf(`c${String(at % 7)}`, oid, oid === 1700 && scale >= 0 ? numericModifier(38, scale) : -1),
  );
  const formats = Uint8Array.from(recipe.columns, ({ binary }) => (binary ? 1 : 0));
  const pools = types.readers(fields, formats, recipe.server).map((read, at) => {
    const good = candidates.filter((bytes) => {
      try {
        read(blockOf(bytes), 0, bytes.length);
        return true;
      } catch {
        return false;
      }
    });
    return recipe.columns[at]!.few ? good.slice(below(good.length + 1), good.length) : good;
  });
  const rows = Array.from({ length: recipe.count }, () =>
    dataRow(
      pools.map((pool) => {
        if (pool.length === 0 || below(10) === 0) return null;
        if (recipe.badIn > 0 && below(recipe.badIn) === 0) return candidates[below(candidates.length)]!;
        return pool[below(pool.length)]!;
      }),
    ),
  );
  return { fields, formats, server: { ...recipe.server, timeZone: '' }, rows };
}

export const randomResult = (types: TypeRegistry): fc.Arbitrary<RandomResult> =>
  recipe.map((one) => cook(one, types));
