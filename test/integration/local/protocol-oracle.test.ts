/**
 * Random conversations, held with the local Redshift and with a plain PostgreSQL at the same time: apart from what
 * Redshift does otherwise (no row limits, no count in SELECT's tag) every answer has to be the same.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type Engine } from '../../../src/local/engine/engine.js';
import type { BackendMessage, FrontendMessage } from '../../../src/protocol/messages.js';
import { startLocal, type LocalServer } from './harness.js';
import { Wire } from './wire.js';

let redshift: LocalServer;
let postgres: Engine;

beforeAll(async () => {
  [redshift, postgres] = await Promise.all([
    startLocal({ auth: 'trust', ssl: false }),
    startEngine({
      tcp: true,
      auth: 'trust',
      settings: { default_transaction_isolation: 'repeatable read' },
    }),
  ]);
});
afterAll(async () => {
  await Promise.all([redshift.stop(), postgres.stop()]);
});

async function both(): Promise<[Wire, Wire]> {
  const [ours, theirs] = await Promise.all([
    Wire.open(redshift.redshift),
    Wire.open({ host: '127.0.0.1', port: postgres.port }),
  ]);
  await ours.login({ user: redshift.redshift.user, database: redshift.redshift.database });
  theirs.send({
    type: 'StartupMessage',
    parameters: [
      ['user', postgres.user],
      ['database', postgres.database],
    ],
  });
  await theirs.untilReady();
  const table =
    'create temp table t (a integer not null, b varchar(10)); insert into t values (1, null), (2, $$x$$)';
  await Promise.all([ours.query(table), theirs.query(table)]);
  return [ours, theirs];
}

/** What has to be the same of a message. */
function trait(message: BackendMessage): unknown {
  switch (message.type) {
    case 'ErrorResponse': {
      // In a failed transaction PostgreSQL still has the portal of the simple query that failed, the front has none:
      // an Execute without a name is refused for the one reason or for the other.
      const code = message.fields.get('C')?.replace(/^34000$/, '25P02');
      return ['error', message.fields.get('S'), code, message.fields.get('P')];
    }
    case 'NoticeResponse':
      return ['notice', message.fields.get('C')];
    case 'CommandComplete':
      return message.tag.replace(/^SELECT \d+$/, 'SELECT');
    case 'ReadyForQuery':
      return `ready ${message.status}`;
    case 'DataRow':
      return message.values.map((value) => value && Buffer.from(value).toString('latin1'));
    case 'RowDescription':
      return message.fields.map(({ name, typeOid, typeSize, typeModifier, format }) => [
        name,
        typeOid,
        typeSize,
        typeModifier,
        format,
      ]);
    case 'ParameterDescription':
      return message.typeOids;
    default:
      return message.type;
  }
}

/** Both understand these alike. */
const statements = [
  'select 1 as one',
  'select a, b from t order by a',
  'select a from t where a = $1::integer',
  'select $1::integer + 1 as next',
  'select 1/(a - 2) as q from t order by a',
  'select nope from t',
  'selec',
  '',
  '-- nothing',
  'insert into t values (3, null)',
  'insert into t values (null, null)',
  'update t set b = $1 where a = 1',
  'delete from t',
  'create temp table u (c integer)',
  'drop table u',
  'begin',
  'commit',
  'rollback',
  'set timezone to utc',
];
const scripts = [
  ...statements.filter((sql) => !sql.includes('$1')),
  'select 1 as one; select 2 as two',
  'insert into t values (4, null); select 1/(a - 1) as q from t where a = 1; select 3 as three',
  'begin; insert into t values (5, null)',
  'begin; select nope',
  'select 1 as one; commit; select nope',
  'rollback; begin; commit; select count(*) as n from t',
  ';;',
];

const name = fc.constantFrom('', '', 's', 'p');
const value = fc.constantFrom(null, '1', 'x', '');
const message: fc.Arbitrary<FrontendMessage> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('Parse' as const),
      statement: name,
      sql: fc.constantFrom(...statements),
      parameterOids: fc.constantFrom([], [23], [1043]),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      type: fc.constant('Bind' as const),
      portal: name,
      statement: name,
      parameterFormats: fc.constantFrom([], [0]),
      values: fc
        .oneof(
          { weight: 2, arbitrary: fc.constant([]) },
          { weight: 1, arbitrary: fc.array(value, { maxLength: 2 }) },
        )
        .map((values) => values.map((text) => (text === null ? null : Buffer.from(text)))),
      resultFormats: fc.constantFrom([], [0], [1], [0, 1]),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('Describe' as const),
      target: fc.constantFrom('statement' as const, 'portal' as const),
      name,
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({ type: fc.constant('Execute' as const), portal: name, maxRows: fc.constant(0) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('Close' as const),
      target: fc.constantFrom('statement' as const, 'portal' as const),
      name,
    }),
  },
  { weight: 4, arbitrary: fc.constant({ type: 'Sync' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'Flush' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('Query' as const), sql: fc.constantFrom(...scripts) }),
  },
);

describe('any conversation', () => {
  it('goes as with PostgreSQL', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 14 }), async (messages) => {
        const [ours, theirs] = await both();
        try {
          // A name of its own tells where the conversation ends, whatever came before.
          const end: FrontendMessage[] = [
            { type: 'Sync' },
            { type: 'Query', sql: 'rollback' },
            { type: 'Query', sql: "select 'the end' as e" },
          ];
          const listen = async (wire: Wire): Promise<unknown[]> => {
            wire.send(...messages, ...end);
            const heard: unknown[] = [];
            for (;;) {
              const next = await wire.next();
              if (next === undefined) return [...heard, 'hung up'];
              heard.push(trait(next));
              if (next.type === 'DataRow' && Buffer.from(next.values[0] ?? []).toString() === 'the end')
                return heard;
            }
          };
          const [mine, other] = await Promise.all([listen(ours), listen(theirs)]);
          expect(mine).toEqual(other);
        } finally {
          ours.destroy();
          theirs.destroy();
        }
      }),
      { numRuns: 120 },
    );
  });
});
