/**
 * A server that agrees to everything and writes down what it was told: what SQL a call makes, and which values travel
 * beside it. It reads no SQL; a test says which statements give rows.
 */
import { connect, type Connection, type ConnectOptions } from '../../../src/index.js';
import type { BackendMessage, FieldDescription, FrontendMessage } from '../../../src/protocol/messages.js';
import type { Peer } from '../../scripted/peer.js';
import { startScriptedServer } from '../../scripted/server.js';

export interface Answer {
  /** A name and a type each. */
  readonly columns: readonly (readonly [name: string, typeOid: number])[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface Told {
  /** Every SQL text, in the order of its coming. */
  readonly sql: readonly string[];
  /** Every value of every Bind, as text. */
  readonly values: readonly (string | null)[];
  readonly messages: readonly FrontendMessage[];
}

export interface Willing {
  /** What a statement gives; undefined: no rows. */
  readonly answer?: (sql: string) => Answer | undefined;
  /** Parameters that it reports at the login. */
  readonly reports?: Readonly<Record<string, string>>;
}

/** Connects, does what the test does, and gives what the server was told behind the login. */
export async function toldBy(
  use: (conn: Connection) => Promise<unknown>,
  options: ConnectOptions = {},
  willing: Willing = {},
): Promise<Told> {
  const server = await startScriptedServer((peer) => serve(peer, willing));
  const conn = await connect({
    host: '127.0.0.1',
    port: server.port,
    database: 'dev',
    user: 'u',
    password: 'p',
    sslmode: 'disable',
    autocommit: true,
    connectTimeout: 5,
    closeTimeout: 1,
    ...options,
  });
  try {
    await use(conn);
  } finally {
    await conn.close();
    await server.close();
  }
  const messages = server.connections.flatMap((peer) => peer.messages);
  return {
    messages,
    sql: messages.flatMap((each) => (each.type === 'Parse' || each.type === 'Query' ? [each.sql] : [])),
    values: messages.flatMap((each) =>
      each.type === 'Bind'
        ? each.values.map((value) => (value === null ? null : Buffer.from(value).toString()))
        : [],
    ),
  };
}

async function serve(peer: Peer, { answer, reports = {} }: Willing): Promise<void> {
  await peer.expect('StartupMessage');
  await peer.say(
    { type: 'AuthenticationOk' },
    ...Object.entries(reports).map(([name, value]) => ({ type: 'ParameterStatus', name, value }) as const),
    { type: 'BackendKeyData', processId: 1, secretKey: 2 },
    { type: 'ReadyForQuery', status: 'I' },
  );
  const statements = new Map<string, string>();
  let bound = '';
  let due: BackendMessage[] = [];
  let status: 'I' | 'T' = 'I';
  for (;;) {
    const message = await peer.next();
    if (message === undefined || message.type === 'Terminate') return;
    const rowsOf = (sql: string): Answer | undefined => answer?.(sql);
    const described = (sql: string): BackendMessage => {
      const found = rowsOf(sql);
      return found === undefined
        ? { type: 'NoData' }
        : { type: 'RowDescription', fields: found.columns.map(field) };
    };
    const result = (sql: string): BackendMessage[] => {
      const found = rowsOf(sql);
      if (/^begin/i.test(sql)) status = 'T';
      if (/^(commit|rollback)/i.test(sql)) status = 'I';
      const tag = found === undefined ? 'CALL' : `SELECT ${String(found.rows.length)}`;
      return [...(found?.rows ?? []).map(row), { type: 'CommandComplete', tag }];
    };
    switch (message.type) {
      case 'Parse':
        statements.set(message.statement, message.sql);
        due.push({ type: 'ParseComplete' });
        break;
      case 'Describe':
        if (message.target === 'statement') {
          const count = new Set(statements.get(message.name)?.match(/\$\d+/g)).size;
          due.push({ type: 'ParameterDescription', typeOids: Array.from({ length: count }, () => 25) });
        }
        due.push(described(message.target === 'statement' ? (statements.get(message.name) ?? '') : bound));
        break;
      case 'Bind':
        bound = statements.get(message.statement) ?? '';
        due.push({ type: 'BindComplete' });
        break;
      case 'Execute':
        due.push(...result(bound));
        break;
      case 'Close':
        due.push({ type: 'CloseComplete' });
        break;
      case 'Query':
        if (rowsOf(message.sql) !== undefined) due.push(described(message.sql));
        due.push(...result(message.sql), { type: 'ReadyForQuery', status });
        break;
      case 'Sync':
        due.push({ type: 'ReadyForQuery', status });
        break;
      default:
        break;
    }
    if (due.at(-1)?.type === 'ReadyForQuery') {
      await peer.say(...due);
      due = [];
    }
  }
}

function field([name, typeOid]: readonly [string, number]): FieldDescription {
  return { name, tableOid: 0, attributeNumber: 0, typeOid, typeSize: -1, typeModifier: -1, format: 0 };
}

function row(values: readonly (string | null)[]): BackendMessage {
  return { type: 'DataRow', values: values.map((value) => (value === null ? null : Buffer.from(value))) };
}
