/**
 * Target `local`: random bytes, and random and mangled messages, to the local Redshift. It never dies, and another client
 * of it keeps getting right answers.
 */
import { connect as openSocket, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../../src/index.js';
import { encodeFrontend } from '../../src/protocol/frontend.js';
import type { FrontendMessage } from '../../src/protocol/messages.js';
import { startLocal, type LocalServer } from '../integration/local/harness.js';
import { hold, type Target } from './engine.js';
import { mangleBytes } from './mangle.js';
import type { Random } from './random.js';
import { smallerBytes, smallerList } from './shrink.js';
import { broken } from './sql-text.js';
import { reset } from '../scripted/reset.js';

interface LocalInput {
  /** What one connection says; each piece is a write of its own. */
  readonly says: readonly Uint8Array[];
  /** It waits for answers for so long, then goes: FIN or RST. */
  readonly waits: number;
  readonly ends: 'fin' | 'rst';
  readonly number: number;
}

const texts = [
  '',
  's',
  'p',
  'select 1',
  'begin',
  'commit',
  'rollback',
  'show all',
  "select 'a'",
  'select $1::int',
  'fetch 1 from c',
  'declare c cursor for select 1',
  'set search_path to public',
  'create table if not exists fuzz (a int)',
  'insert into fuzz values (1)',
  'copy fuzz from stdin',
  ';;',
  'select 1; select 2',
  'call nothing()',
  '\u00e9\u{1f600}',
];

function message(random: Random): FrontendMessage {
  const text = (): string =>
    random.oneIn(5)
      ? random
          .list(random.few(6), () => random.pick(broken))
          .join(' ')
          .replaceAll('\0', '')
      : random.pick(texts);
  const name = (): string => random.pick(['', '', 's', 'p', 'x']);
  switch (random.below(14)) {
    case 0:
      return { type: 'Query', sql: text() };
    case 1:
    case 2:
      return {
        type: 'Parse',
        statement: name(),
        sql: text(),
        parameterOids: random.list(random.few(3), () => random.pick([0, 23, 25, 1700, 99_999])),
      };
    case 3:
    case 4:
      return {
        type: 'Bind',
        portal: name(),
        statement: name(),
        parameterFormats: random.list(random.below(2), () => random.below(2)),
        values: random.list(random.few(3), () => (random.oneIn(3) ? null : random.bytes(random.few(8)))),
        resultFormats: random.list(random.few(2), () => random.below(2)),
      };
    case 5:
      return { type: 'Describe', target: random.pick(['statement', 'portal']), name: name() };
    case 6:
    case 7:
      return { type: 'Execute', portal: name(), maxRows: random.pick([0, 1, 100, -1]) };
    case 8:
      return { type: 'Close', target: random.pick(['statement', 'portal']), name: name() };
    case 9:
      return { type: 'Flush' };
    case 10:
      return { type: 'CopyData', data: random.bytes(random.few(10)) };
    case 11:
      return random.pick([
        { type: 'CopyDone' },
        { type: 'CopyFail', reason: text() },
        { type: 'PasswordMessage', password: text() },
        { type: 'Terminate' },
      ] as const);
    default:
      return { type: 'Sync' };
  }
}

function opening(random: Random): Buffer[] {
  const start: FrontendMessage = {
    type: 'StartupMessage',
    parameters: [
      ['user', 'awsuser'],
      ['database', 'dev'],
      ['client_protocol_version', random.pick(['0', '2', '3', 'x', '-1'])],
      ...random.list(
        random.few(2),
        () =>
          [
            random.pick(['application_name', 'options', 'TimeZone', '__proto__', 'x']),
            random.pick(texts),
          ] as const,
      ),
    ],
  };
  switch (random.below(8)) {
    case 0:
      return [random.bytes(random.few(40))];
    case 1:
      return [
        Buffer.from(
          encodeFrontend({
            type: 'CancelRequest',
            processId: random.uint32() | 0,
            secretKey: random.uint32() | 0,
          }),
        ),
      ];
    case 2:
      return [Buffer.from(encodeFrontend({ type: 'SSLRequest' })), random.bytes(random.few(20))];
    case 3:
      return [mangleBytes(random, encodeFrontend(start), ['\0', 'user\0', '\0\0\0\u0008', '\u007f\u00ff'])];
    default:
      return [Buffer.from(encodeFrontend(start))];
  }
}

let number = 0;

function generate(random: Random): LocalInput {
  const messages = random.list(random.few(12), () => {
    const bytes = Buffer.from(encodeFrontend(message(random)));
    return random.oneIn(5)
      ? mangleBytes(random, bytes, ['\0\0\0\u0004', '\u007f\u00ff\u00ff\u00ff', 'S\0\0\0\u0004', '\0'])
      : bytes;
  });
  return {
    says: [...opening(random), ...messages],
    waits: random.pick([0, 0, 1, 5, 20]),
    ends: random.pick(['fin', 'rst']),
    number: number++,
  };
}

async function speak(
  { says, waits, ends }: LocalInput,
  at: { readonly host: string; readonly port: number },
): Promise<void> {
  const socket: Socket = openSocket(at);
  socket.on('error', () => undefined);
  socket.resume();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await Promise.race([once(socket, 'connect').catch(() => undefined), closed]);
  for (const bytes of says) {
    if (socket.writable) socket.write(bytes);
    if (bytes.length % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (waits > 0) await sleep(waits);
  if (ends === 'rst') reset(socket);
  else socket.end();
  await Promise.race([closed, sleep(50)]);
  socket.destroy();
}

async function healthy(connection: Connection, number: number): Promise<void> {
  const { rows } = await connection.query(
    'select $1::int + 1 as next, $2::varchar as said',
    [number, `n${String(number)}`],
    { rowMode: 'array', timeout: 30 },
  );
  hold(
    JSON.stringify(rows) === JSON.stringify([[number + 1, `n${String(number)}`]]),
    () => `Another client was told ${JSON.stringify(rows)}`,
  );
}

export const localServer: Target<LocalInput> = {
  name: 'local',
  about: 'random bytes and messages to the local Redshift, while another client works',
  needs: 'a server',
  async open() {
    const server: LocalServer = await startLocal({ auth: 'trust', ssl: false });
    const steady = await server.connect({ autocommit: true });
    return {
      generate,
      async check(input) {
        const [speaking] = await Promise.allSettled([
          speak(input, server.redshift),
          healthy(steady, input.number),
        ]).then((settled) => {
          for (const each of settled) if (each.status === 'rejected') throw each.reason;
          return settled;
        });
        hold(speaking.status === 'fulfilled', () => 'The socket could not be opened');
        // New clients come in as well.
        if (input.number % 25 !== 0) return;
        const another = await server.connect({ autocommit: true });
        await healthy(another, input.number);
        await another.close();
      },
      *smaller(input) {
        for (const says of smallerList(input.says, smallerBytes))
          yield { ...input, says: says.map((bytes) => Buffer.from(bytes)) };
      },
      async close() {
        await steady.close();
        await server.stop();
      },
    };
  },
};
