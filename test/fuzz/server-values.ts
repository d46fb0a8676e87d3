/**
 * Target `values-server`: values of every type that PostgreSQL has, printed and sent by the server itself. The driver reads
 * them from binary and text, the slow references read the server's text, and what was read goes back as a parameter.
 */
import { DataError, RedshiftError } from '../../src/errors.js';
import type { Connection } from '../../src/index.js';
import { startPostgresql, type TestServer } from '../integration/postgresql.js';
import { Finding, hold, type Target } from './engine.js';
import { literal } from './literal.js';
import { mangleBytes } from './mangle.js';
import type { Random } from './random.js';
import { references } from './reference/index.js';
import { same, Untold, type Reading } from './reference/reading.js';
import { smallerBytes } from './shrink.js';
import { driverReads, type ValueInput } from './values.js';

interface ServerInput {
  readonly type: string;
  /** As a user would write it in SQL. */
  readonly written: string;
  readonly zone: string;
}

const types = [
  'boolean',
  'smallint',
  'integer',
  'bigint',
  'real',
  'double precision',
  'numeric',
  'date',
  'time',
  'timetz',
  'timestamp',
  'timestamptz',
  'interval',
  'bytea',
  'json',
  'oid',
];
const all = [
  ...types,
  ...types.filter((type) => references.some(({ name }) => name === `${type}[]`)).map((type) => `${type}[]`),
];
const byName = new Map(references.map((reference) => [reference.name, reference]));
const zones = ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia'];

function generate(random: Random): ServerInput {
  const type = random.pick(all);
  const reference = byName.get(type)!;
  const bytes = reference.random(random, {
    format: 0,
    dialect: 'postgresql',
    modifier: -1,
    choice: undefined,
  });
  const mangled = random.oneIn(4) ? mangleBytes(random, bytes, reference.pieces) : Buffer.from(bytes);
  return { type, written: mangled.toString('utf8').replaceAll('\0', ''), zone: random.pick(zones) };
}

class ServerCheck {
  readonly #connection: Connection;
  #zone = '';
  accepted = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async check({ type, written, zone }: ServerInput): Promise<void> {
    if (zone !== this.#zone) {
      await this.#connection.query(`set timezone to '${zone}'`);
      this.#zone = zone;
    }
    const shown = await this.#ask(`select $1::text::${type}::text as shown`, written);
    if (shown === undefined) return;
    this.accepted++;
    const told = String(shown.is);
    // PostgreSQL reads `Z49` as an offset that no zone has and that its own input refuses ("06:00:00-49").
    if (type.startsWith('timetz') && /[+-](?:1[6-9]|[2-9]\d)/.test(told)) return;
    const cell: ValueInput = {
      type,
      format: 0,
      bytes: Buffer.from(told),
      modifier: -1,
      dialect: 'postgresql',
      choice: undefined,
      whole: true,
    };
    const expected = this.#reference(cell, told);
    const fromText = driverReads(cell);
    this.#agree(type, told, expected, fromText, 'from text');
    const asked = await this.#ask(`select $1::text::${type} as value`, written);
    this.#agree(type, told, expected, asked, 'from the server');
    if (asked === undefined || !mayReturn(type, asked.is)) return;
    const back = await this.#ask(`select $1::${type}::text as back`, asked.is);
    if (back === undefined) throw new Finding(`${type}: the server does not take back ${literal(asked.is)}`);
    hold(back.is === told, () => `${type}: ${told} came back as ${String(back.is)}`);
  }

  #reference(cell: ValueInput, told: string): Reading {
    try {
      const reading = byName.get(cell.type)!.read(cell);
      const inText = byName.get(cell.type)!.read({ ...cell, choice: 'text' });
      hold(inText !== undefined, () => `${cell.type}: the reference does not read the server's ${told}`);
      return reading;
    } catch (error) {
      if (error instanceof Untold) return undefined;
      throw error;
    }
  }

  #agree(type: string, told: string, expected: Reading, actual: Reading, where: string): void {
    if (expected === undefined && actual === undefined) return;
    if (expected !== undefined && actual !== undefined && same(expected.is, actual.is)) return;
    const say = (reading: Reading): string => (reading === undefined ? 'refused' : literal(reading.is));
    throw new Finding(`${type} ${told}: ${say(expected)} by the reference, ${say(actual)} ${where}`, where);
  }

  /** Undefined: the server does not take it, or no JavaScript value holds it. */
  async #ask(sql: string, value: unknown): Promise<Reading> {
    try {
      const { rows } = await this.#connection.query(sql, [value], { rowMode: 'array' });
      return { is: (rows[0] as unknown as unknown[])[0] };
    } catch (error) {
      if (error instanceof DataError || (error instanceof RedshiftError && error.sqlState !== undefined))
        return undefined;
      throw error;
    }
  }
}

/** Whether a value is one that its own type takes as a parameter: an endless date is a number, and JSON has many texts. */
function mayReturn(type: string, value: unknown): boolean {
  // TIMETZ is told in UTC, which prints otherwise.
  if (type.startsWith('json') || type.endsWith('[]') || type === 'timetz') return false;
  const temporal = ['date', 'timestamp', 'timestamptz', 'interval'].includes(type);
  return !(temporal && typeof value === 'number');
}

export const serverValues: Target<ServerInput> = {
  name: 'values-server',
  about: 'values that PostgreSQL prints and reads itself',
  needs: 'a server',
  async open() {
    const server: TestServer = await startPostgresql();
    const connection = await server.connect({ autocommit: true });
    const check = new ServerCheck(connection);
    return {
      generate,
      check: (input) => check.check(input),
      *smaller(input) {
        for (const bytes of smallerBytes(Buffer.from(input.written)))
          yield { ...input, written: bytes.toString('utf8').replaceAll('\0', '') };
      },
      figures: () => [`${String(check.accepted)} were values for the server`],
      async close() {
        await connection.close();
        await server.stop();
      },
    };
  },
};
