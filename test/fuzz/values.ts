/**
 * Target `values`: cells of every type, as a server writes them and mangled, in text and binary. Held against references that
 * read one character or bit after the other; both refuse, or both have the same value, and refusing is a DataError.
 */
import { DataError } from '../../src/errors.js';
import { blockOf } from '../../src/types/codec.js';
import { TypeRegistry, type TypeOptions } from '../../src/types/registry.js';
import { Finding, hold, type Target } from './engine.js';
import { literal } from './literal.js';
import { mangleBytes } from './mangle.js';
import type { Random } from './random.js';
import { references } from './reference/index.js';
import { custom, same, Untold, type Cell, type Reading, type Reference } from './reference/reading.js';
import { smallerBytes } from './shrink.js';

export interface ValueInput extends Cell {
  readonly type: string;
  /** A server writes exactly this: it must not be refused for its form. */
  readonly whole: boolean;
}

const byName = new Map(references.map((reference) => [reference.name, reference]));
const registries = new Map<string, TypeRegistry>();

function registryOf(reference: Reference, choice: string | undefined): TypeRegistry {
  const element = reference.name.endsWith('[]')
    ? reference.name.slice(0, -2)
    : { int2vector: 'smallint', oidvector: 'oid' }[reference.name];
  const name = element ?? reference.name;
  const key = `${name} ${choice ?? ''}`;
  let registry = registries.get(key);
  if (registry === undefined) {
    const options: TypeOptions | undefined =
      choice === undefined
        ? undefined
        : choice === 'preset'
          ? 'json'
          : { [name]: choice === 'text' ? custom : choice };
    registry = TypeRegistry.defaults.with(options);
    registries.set(key, registry);
  }
  return registry;
}

export function generateCell(random: Random): ValueInput {
  const reference = random.pick(references);
  const format = random.below(2) as 0 | 1;
  const cell = {
    format,
    dialect: random.pick(['redshift', 'postgresql'] as const),
    modifier: reference.modifier?.(random) ?? -1,
    choice: random.pick(reference.choices),
  };
  const bytes = reference.random(random, cell);
  const whole = random.oneIn(3);
  return {
    type: reference.name,
    ...cell,
    whole,
    bytes: whole ? bytes : mangleBytes(random, bytes, reference.pieces),
  };
}

/** What the driver makes of it, lying among other bytes that would change the value if they were read. */
export function driverReads(input: ValueInput): Reading {
  const reference = byName.get(input.type)!;
  const column = { typeOid: reference.oid, typeModifier: input.modifier };
  const server = { dialect: input.dialect, protocolVersion: input.dialect === 'redshift' ? 2 : 0 };
  const [reader] = registryOf(reference, input.choice).readers([column], [input.format], server);
  const before = Buffer.from('12\\{"-[');
  const block = blockOf(Buffer.concat([before, input.bytes, Buffer.from('34xx}",0]=')]));
  try {
    return { is: reader!(block, before.length, before.length + input.bytes.length) };
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

export function checkCell(input: ValueInput): void {
  const reference = byName.get(input.type)!;
  let expected: Reading;
  try {
    expected = reference.read(input);
  } catch (error) {
    if (error instanceof Untold) return;
    throw error;
  }
  // An interval's parts may add up to more than it holds.
  if (input.whole && !input.type.startsWith('interval')) {
    hold(
      reference.read({ ...input, choice: 'text' }) !== undefined,
      () => `${input.type}: the reference does not read what it wrote`,
    );
  }
  const actual = driverReads(input);
  if (expected === undefined && actual === undefined) return;
  if (expected === undefined || actual === undefined || !same(expected.is, actual.is)) {
    throw new Finding(
      `${input.type}: the reference ${told(expected)}, the driver ${told(actual)}`,
      `${String(expected === undefined)} ${String(actual === undefined)}`,
    );
  }
}

const told = (reading: Reading): string =>
  reading === undefined ? 'refuses' : `reads ${literal(reading.is)}`;

export const values: Target<ValueInput> = {
  name: 'values',
  about: 'cells of every type in text and binary, against slow readers',
  needs: 'nothing',
  open: () =>
    Promise.resolve({
      generate: generateCell,
      check: checkCell,
      *smaller(input) {
        for (const bytes of smallerBytes(input.bytes)) yield { ...input, whole: false, bytes };
      },
    }),
};
