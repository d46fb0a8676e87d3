/** Random lanes and random cells for them, good ones and others. */
import fc from 'fast-check';
import type { Lane } from '../../../src/kernel/lanes.js';
import { int16, int32, int64, redshiftNumeric, type Cell } from './blocks.js';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

/** An integer of any size up to so many bits, small ones as likely as large ones. */
const integer = (bits: number): fc.Arbitrary<bigint> =>
  fc
    .tuple(fc.integer({ min: 1, max: bits }), fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }))
    .map(([kept, value]) => BigInt.asIntN(kept, value));

const edges64 = [0n, -1n, 1n, 2n ** 53n, -(2n ** 53n), 2n ** 53n - 1n, 1n - 2n ** 53n];
const edge64 = fc.constantFrom(
  ...edges64,
  -(2n ** 63n),
  1n - 2n ** 63n,
  2n ** 63n - 1n,
  2n ** 63n - 1n - 946_684_800_000_000n,
  2n ** 63n - 946_684_800_000_000n,
  86_400_000_000n,
  86_400_000_001n,
);
const any64 = fc.oneof(integer(64), edge64).map(int64);
const edge32 = [0x7fffffff, -0x80000000, 0x7fffffff - 10_957, 0x7fffffff - 10_956, 0, -1];
const any32 = fc.oneof(fc.integer(), fc.constantFrom(...edge32)).map(int32);

/** Decimal text, mostly such as a server writes it. */
const decimal = fc
  .tuple(
    fc.constantFrom('', '', '-'),
    fc.constantFrom('', '', '0', '000'),
    fc.bigInt({ min: 0n, max: 10n ** 40n }),
    fc.oneof(fc.integer({ min: 0, max: 14 }), fc.integer({ min: 0, max: 40 })),
    fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 40 })),
    fc.constantFrom('', '', '', '0', '0000', '000000000000000000000000000000000000000000'),
  )
  .map(([sign, zeros, value, cut, fraction, more]) => {
    const digits = `${zeros}${String(value).slice(0, Math.max(1, cut))}`;
    const point = Math.max(1, digits.length - fraction);
    const after = digits.slice(point) + more;
    return `${sign}${digits.slice(0, point)}${after === '' ? '' : `.${after}`}`;
  });
const oddDecimal = fc.oneof(
  fc.constantFrom('NaN', 'Infinity', '-Infinity', '-', '.', '-.', '1.', '.1', '1.2.3', '--1', '1-', '', '+1'),
  fc.constantFrom(
    '-0',
    '0',
    '-0.00',
    '9'.repeat(38),
    '9'.repeat(39),
    `0.${'9'.repeat(38)}`,
    `1${'0'.repeat(38)}`,
  ),
  fc.constantFrom(
    '9007199254740991',
    '9007199254740992',
    '-9007199254740993',
    `0.${'1'.repeat(23)}`,
    '1'.repeat(101),
  ),
  fc.string({ unit: fc.constantFrom('0', '1', '5', '9', '.', '-', 'e', ' '), maxLength: 24 }),
);

/** Groups of four digits, with whatever head. */
const groups = fc
  .tuple(
    fc.array(fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.constantFrom(0, 0, 5000, 9999, 1)), {
      maxLength: 11,
    }),
    fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: -1, max: 3 }) },
      fc.integer({ min: -5, max: 9 }),
      fc.constantFrom(20, 21, -20, -21, 32_767, -32_768),
    ),
    fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(0, 0x4000) },
      { weight: 1, arbitrary: fc.constantFrom(0xc000, 0xd000, 0xf000, 1) },
    ),
    fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, -1, 20) }),
  )
  .map(([digits, weight, sign, lie]) => {
    const head = [digits.length + lie, weight, sign, 0];
    return Buffer.concat([...head, ...digits].map((value) => int16((value << 16) >> 16)));
  });

const interval16 = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(any64, any32, any32).map((parts) => Buffer.concat(parts)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      Buffer.from('7fffffffffffffff7fffffff7fffffff', 'hex'),
      Buffer.from('80000000000000008000000080000000', 'hex'),
    ),
  },
);
const interval12 = fc.tuple(any64, any32).map((parts) => Buffer.concat(parts));

const utf8 = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => Buffer.from(text)),
  fc.string({ maxLength: 20 }).map((text) => Buffer.from(text)),
  fc.integer({ min: 240, max: 600 }).map((length) => Buffer.alloc(length, 'x')),
);

function goodCell(lane: Lane): fc.Arbitrary<Uint8Array> {
  switch (lane.kind) {
    case 'bool':
      return fc.constantFrom(Uint8Array.of(0), Uint8Array.of(1));
    case 'int16':
      return bytes(2);
    case 'int32':
    case 'date32':
      return any32;
    case 'uint32':
      return fc.oneof(
        any32,
        fc.nat().map((value) => int64(BigInt(value))),
        any64,
      );
    case 'float32':
      return bytes(4);
    case 'float64':
      return bytes(8);
    case 'int64':
    case 'timestamp':
      return any64;
    case 'time64':
      return fc.oneof(fc.bigInt({ min: 0n, max: 86_400_000_000n }).map(int64), any64);
    case 'int64AsFloat64':
      return fc.oneof(integer(54).map(int64), any64);
    case 'decimal128':
    case 'numericAsFloat64':
      if (lane.form === 'redshift')
        return fc.oneof(
          any64,
          integer(128).map((value) => redshiftNumeric(value, 16)),
        );
      if (lane.form === 'postgresql') return groups;
      return fc
        .oneof({ weight: 12, arbitrary: decimal }, { weight: 1, arbitrary: oddDecimal })
        .map((text) => Buffer.from(text));
    case 'numericText':
      return fc
        .oneof({ weight: 40, arbitrary: decimal }, { weight: 1, arbitrary: oddDecimal })
        .map((text) => Buffer.from(text));
    case 'interval':
      if (lane.form === 'months') return any32;
      if (lane.form === 'microseconds') return any64;
      return lane.form === 'redshift' ? fc.oneof(interval16, interval12) : interval16;
    case 'utf8':
    case 'binary':
    case 'skip':
      return fc.oneof(utf8, fc.uint8Array({ maxLength: 30 }));
  }
}

/** A cell of a lane: NULL, a value, or now and then anything. */
export function anyCell(lane: Lane): fc.Arbitrary<Cell> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 60, arbitrary: goodCell(lane) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  );
}

const form = fc.constantFrom('text' as const, 'redshift' as const, 'postgresql' as const);
const scale = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 38 }));

export const anyLane: fc.Arbitrary<Lane> = fc.oneof(
  fc
    .constantFrom('skip', 'bool', 'int16', 'int32', 'uint32', 'int64', 'float32', 'float64', 'int64AsFloat64')
    .map((kind) => ({ kind })),
  fc.constantFrom('date32', 'time64', 'timestamp', 'utf8', 'binary', 'numericText').map((kind) => ({ kind })),
  fc.record({ kind: fc.constantFrom('decimal128' as const, 'numericAsFloat64' as const), form, scale }),
  fc.record({ kind: fc.constantFrom('decimal128' as const, 'numericAsFloat64' as const), form, scale }),
  fc.record({
    kind: fc.constant('interval' as const),
    form: fc.constantFrom(
      'postgresql' as const,
      'redshift' as const,
      'months' as const,
      'microseconds' as const,
    ),
  }),
);

export interface AnyResult {
  readonly lanes: readonly Lane[];
  readonly rows: readonly (readonly Cell[])[];
}

export const anyResult: fc.Arbitrary<AnyResult> = fc
  .tuple(fc.array(anyLane, { maxLength: 5 }), fc.integer({ min: 0, max: 40 }))
  .chain(([lanes, count]) =>
    fc.record({
      lanes: fc.constant(lanes),
      rows: fc.array(fc.tuple(...lanes.map(anyCell)), { minLength: count, maxLength: count }),
    }),
  );
