/** Dialogues that the fault tests break at some place, and what a user can see of a call afterwards. */
import { expect } from 'vitest';
import {
  ArgumentError,
  connect,
  RedshiftError,
  type Connection,
  type ConnectOptions,
} from '../../../src/index.js';
import type { Peer } from '../../scripted/peer.js';
import { play } from '../../scripted/play.js';
import { startScriptedServer, type Script, type ScriptedServer } from '../../scripted/server.js';
import { parseTranscript } from '../../scripted/transcript.js';

export const plain: ConnectOptions = {
  host: '127.0.0.1',
  database: 'dev',
  user: 'u',
  password: 'Secret1!',
  sslmode: 'disable',
  connectTimeout: 10,
  closeTimeout: 0.3,
  autocommit: true,
};

/**
 * Logs in to a server that then plays these lines (or a script with its own login) and says nothing more, and runs what
 * the test does with the connection.
 */
export async function against<T>(
  played: string | Script,
  use: (conn: Connection, server: ScriptedServer) => Promise<T>,
  options: ConnectOptions = {},
): Promise<T> {
  const script = typeof played === 'string' ? `! login\n${played}\n! silence` : played;
  const server = await startScriptedServer(script);
  const conn = await connect({ ...plain, ...options, port: server.port });
  try {
    return await use(conn, server);
  } finally {
    await conn.close();
    await server.close();
  }
}

export type Settled = { readonly value: unknown } | { readonly error: RedshiftError };

/** How a call ends; an error of this test's own if it does not end, or ends with what is no error of the driver. */
export async function settled(call: Promise<unknown>, what = 'the call'): Promise<Settled> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} hangs`));
    }, 8000);
  });
  try {
    return { value: await Promise.race([call, late]) };
  } catch (error) {
    if (!(error instanceof RedshiftError)) throw error;
    return { error };
  } finally {
    clearTimeout(timer);
  }
}

/** The error that a call ends with. */
export async function failure(call: Promise<unknown>, what?: string): Promise<RedshiftError> {
  const end = await settled(call, what);
  if ('error' in end) return end.error;
  throw new Error(`${what ?? 'The call'} gave a value: ${JSON.stringify(end.value)}`);
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 8000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A connection that is over: it takes no call, and says that not a byte of it was sent. */
export async function expectClosed(conn: Connection): Promise<RedshiftError> {
  await until(() => conn.closed, 'the end of the connection');
  const after = await failure(conn.query('select 1 as later'), 'a call on a closed connection');
  expect(after).toMatchObject({ sent: false });
  return after;
}

/** Runs cases side by side, a few at a time. */
export async function each<T>(
  cases: readonly T[],
  run: (one: T, index: number) => Promise<void>,
): Promise<void> {
  const left = cases.entries();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const [index, one] of left) await run(one, index);
    }),
  );
}

export const column = (name: string, typeOid = 25): string =>
  `{"name":${JSON.stringify(name)},"typeOid":${String(typeOid)}}`;
/** The first block of a statement that may give rows. */
export const asked = '> Parse ...\n> Describe ...\n> Sync\n';
export const describedAs = (columns: readonly string[], status = 'I'): string =>
  `< ParseComplete\n< ParameterDescription typeOids=[]\n< RowDescription fields=[${columns.join(',')}]\n< ReadyForQuery status="${status}"\n`;
/** The second block, or the only one of a statement that is prepared. */
export const run = '> Bind ...\n> Execute\n> Sync\n';
/** A statement whose only column is the text `a`, up to where its rows come. */
export const described = `${asked}${describedAs([column('a')])}${run}< BindComplete\n`;
export const row = (value = 'x'): string => `< DataRow values=[${JSON.stringify(value)}]\n`;
export const complete = (status = 'I'): string =>
  `< CommandComplete tag="SELECT"\n< ReadyForQuery status="${status}"\n`;
export const serverError = (code: string, text: string, severity = 'ERROR'): string =>
  `< ErrorResponse S="${severity}" C="${code}" M="${text}"\n`;
/** A whole statement that succeeds; a second run of the same text is `again`. */
export const works = `${described}${row()}${complete()}`;
export const again = `${run}< BindComplete\n${row()}${complete()}`;

export const raw = (bytes: Uint8Array): string => `! raw \\x${Buffer.from(bytes).toString('hex')}\n`;

/** A message as bytes, its length as it should be unless another one is given. */
export function message(type: string | number, body: Uint8Array, length = body.length + 4): Buffer {
  const head = Buffer.alloc(5);
  head[0] = typeof type === 'number' ? type : type.charCodeAt(0);
  head.writeUInt32BE(length >>> 0, 1);
  return Buffer.concat([head, body]);
}

/** Plays the lines of a transcript on a connection that a script was given. */
export async function playLines(peer: Peer, lines: string): Promise<void> {
  await play(peer, parseTranscript(lines)[0] ?? [], () => Promise.resolve());
}

/** After these lines the server says these bytes, and then nothing more. */
export function saysBytes(lines: string, bytes: Uint8Array): Script {
  return async (peer) => {
    await playLines(peer, `! login\n${lines}`);
    await peer.raw(bytes);
    await peer.silence();
  };
}

/**
 * The rule of section 4: the running call ends in a ProtocolError, the one behind it was not sent, the connection is
 * destroyed. Gives the ProtocolError.
 */
export async function expectViolation(
  played: string | Script,
  what: string,
  options?: ConnectOptions,
): Promise<RedshiftError> {
  return against(
    played,
    async (conn) => {
      const running = settled(conn.query('select a'), `${what}: the running call`);
      const queued = settled(conn.query('select b'), `${what}: the queued call`);
      const [first, second] = [await running, await queued];
      if (!('error' in first))
        throw new Error(`${what}: the running call gave ${JSON.stringify(first.value)}`);
      expect(first.error, what).toMatchObject({
        name: 'ProtocolError',
        code: 'ERR_RS_PROTOCOL',
        retryable: false,
      });
      expect('error' in second && second.error, what).toMatchObject({
        name: 'ConnectionLostError',
        sent: false,
        retryable: true,
        cause: first.error,
      });
      expect(await expectClosed(conn), what).toMatchObject({
        name: 'ConnectionLostError',
        cause: first.error,
      });
      return first.error;
    },
    options,
  );
}

/** A call that is refused: an ArgumentError, not a byte on the wire, and the connection works. */
export async function expectRefused(
  call: (conn: Connection) => Promise<unknown>,
  text: RegExp,
  options: ConnectOptions = {},
): Promise<void> {
  await against(
    works,
    async (conn, server) => {
      const [peer] = server.connections;
      const before = peer!.received.length;
      const error = await failure(call(conn));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error.message).toMatch(text);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(peer!.received.length).toBe(before);
      expect(conn.transactionStatus).toBe('idle');
      await conn.query('select a');
    },
    { ...options, autocommit: true },
  );
}
