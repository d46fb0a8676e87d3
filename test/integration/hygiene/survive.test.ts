/** Promise P2: a process is never killed by a broken connection, and keeps nothing that holds it up. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectOptions } from '../../../src/index.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import { startScriptedServer } from '../../scripted/server.js';
import { runProgram } from './child.js';
import type { SurviveGiven } from './programs/survive.js';

const fatal = '< ErrorResponse S="FATAL" C="57P01" M="terminating connection due to administrator command"\n';
const asked = '> Parse ...\n> Describe ...\n> Sync\n';
const columns =
  '< ParseComplete\n< ParameterDescription typeOids=[]\n< RowDescription fields=[{"name":"a","typeOid":25}]\n< ReadyForQuery status="I"\n';
const described = `${asked}${columns}> Bind ...\n> Execute\n> Sync\n< BindComplete\n`;
const row = '< DataRow values=["x"]\n';
const batch = '> Parse ...\n> Bind ...\n> Execute\n> Parse ...\n> Describe ...\n> Bind ...\n> Execute\n';

/** What happens, what the program is doing meanwhile, and the server's part behind the login. */
const faults: readonly (readonly [string, SurviveGiven['does'], string])[] = [
  ['FIN while idle', 'idle', '! cut'],
  ['RST while idle', 'idle', '! wait 30\n! reset'],
  ['57P01 and FIN while idle', 'idle', `${fatal}! cut`],
  ['57P01 and RST while idle', 'idle', `${fatal}! wait 30\n! reset`],
  ['57P05 while idle, and the server stays', 'idle', fatal.replace('57P01', '57P05')],
  ['an error that nobody asked for while idle', 'idle', '< ErrorResponse S="ERROR" C="XX000" M="x"'],
  ['bytes of another protocol while idle', 'idle', '! raw "HTTP/1.1 400 Bad Request"'],
  ['a length of 0 while idle', 'idle', '! raw \\x5a00000000'],
  ['a length of 4 GiB while idle', 'idle', '! raw \\x44ffffffff'],
  ['a notice that cannot be read while idle', 'idle', '! raw \\x4e00000006534e'],
  ['half a message and FIN while idle', 'idle', '! raw \\x4e0000\n! cut'],
  ['a row while idle', 'idle', row],
  ['a second ReadyForQuery', 'query', '< ReadyForQuery status="I"'],
  ['a second ReadyForQuery while idle', 'idle', '< ReadyForQuery status="I"'],
  ['FIN in a statement', 'query', `${described}${row}! cut`],
  ['RST in a statement', 'query', `${described}${row}! wait 30\n! reset`],
  ['FATAL in a statement', 'query', `${described}${row}${fatal}! cut`],
  ['FATAL in a statement, and the server stays', 'query', `${described}${row}${fatal}`],
  ['malformed bytes in a statement', 'query', `${described}${row}! raw \\x4400000003`],
  ['FATAL with more statements waiting', 'queries', `${asked}${fatal}! cut`],
  ['FIN with more statements waiting', 'queries', `${asked}! cut`],
  ['FIN in a stream that nobody reads', 'stream', `${described}${row}! wait 30\n! cut`],
  ['RST in a stream that nobody reads', 'stream', `${described}${row}! wait 30\n! reset`],
  ['FATAL in a stream that nobody reads', 'stream', `${described}${row}${fatal}! cut`],
  [
    'an error in a stream, then FIN',
    'unread',
    `${described}${row}< ErrorResponse S="ERROR" C="22012" M="x"\n! cut`,
  ],
  ['RST in a script', 'script', '> Query ...\n! wait 30\n! reset'],
  ['FATAL in executeMany', 'many', `${batch}${fatal}! cut`],
  [
    'FATAL in a transaction',
    'transaction',
    `${asked.replace('> Parse', '> Parse ...\n> Bind ...\n> Execute\n> Parse')}${fatal}! cut`,
  ],
  [
    'a cancel connection that is reset, by signal',
    'abort',
    `${asked}! await 2\n! cut\n! connection\n! wait 30\n! reset`,
  ],
  [
    'a server that ignores a cancel, by signal',
    'abort',
    `${asked}! silence\n! connection\n> CancelRequest ...\n! cut`,
  ],
  ['a cancel connection that hears nothing', 'cancel', `${asked}! silence\n! connection\n! silence`],
  ['RST in answer to Terminate', 'close', '> Terminate\n! reset'],
  ['RST while closing', 'close-unawaited', '! wait 30\n! reset'],
  ['FIN while close() waits for a statement', 'close-busy', `${asked}! wait 50\n! cut`],
  ['RST while close() waits for a statement', 'close-busy', `${asked}! wait 50\n! reset`],
  ['FATAL while close() waits for a statement', 'close-busy', `${asked}${fatal}! cut`],
  ['silence while close() waits for a statement', 'close-busy', `${asked}! silence`],
];

/** The same where TLS hides what is cut. */
const underTls = new Set([
  'FIN while idle',
  'RST while idle',
  '57P01 and FIN while idle',
  'bytes of another protocol while idle',
  'RST in a statement',
  'FIN in a stream that nobody reads',
  'RST in answer to Terminate',
  'a server that ignores a cancel, by signal',
]);

const base: ConnectOptions = {
  host: '127.0.0.1',
  database: 'dev',
  user: 'u',
  password: 'Secret1!',
  closeTimeout: 0.3,
  connectTimeout: 5,
  autocommit: true,
};

let certificates: Certificates;

beforeAll(async () => {
  certificates = await makeCertificates();
});

async function survives(does: SurviveGiven['does'], script: string, tls: boolean): Promise<void> {
  const server = await startScriptedServer(script, tls ? { tls: certificates.server } : {});
  servers.add(server);
  const options: ConnectOptions = {
    ...base,
    port: server.port,
    ...(tls ? { sslrootcert: certificates.ca } : { sslmode: 'disable' as const }),
  };
  const ended = await runProgram('survive', { options, does } satisfies SurviveGiven);
  expect({ ...ended, lingered: 0 }).toEqual({ code: 0, signal: null, stdout: '', stderr: '', lingered: 0 });
  // The client did nothing but what the script expects.
  await server.done();
  await server.close();
}

const servers = new Set<{ close(): Promise<void> }>();
afterAll(async () => {
  await Promise.all([...servers].map((server) => server.close()));
});

describe.concurrent('H1: a process without any listener survives', () => {
  it.each(faults)('H1: %s (%s)', { timeout: 60_000 }, async (name, does, lines) => {
    await survives(does, `! login\n${lines}`, false);
    if (underTls.has(name)) await survives(does, `! tls\n! login\n${lines}`, true);
  });
});

/** What a pool's second connection does, which takes the place of the broken one. */
const healthy = `! connection\n! login\n${described}${row}< CommandComplete tag="SELECT"\n< ReadyForQuery status="I"\n> Terminate`;

describe.concurrent('H1: a process with a pool and without any listener survives', () => {
  it.each([
    ['FIN of an idle connection', 'pool-idle', `! login\n! wait 100\n! cut\n${healthy}`],
    ['RST of an idle connection', 'pool-idle', `! login\n! wait 100\n! reset\n${healthy}`],
    ['57P01 and FIN while idle', 'pool-idle', `! login\n! wait 100\n${fatal}! cut\n${healthy}`],
    ['malformed bytes while idle', 'pool-idle', `! login\n! wait 100\n! raw \\x5a00000000\n${healthy}`],
    ['RST of a connection on loan', 'pool-lease', `! login\n! wait 30\n! reset\n${healthy}`],
    ['FIN in a statement', 'pool-query', `! login\n${described}${row}! cut\n${healthy}`],
    ['FATAL in a statement', 'pool-query', `! login\n${described}${row}${fatal}! cut\n${healthy}`],
    [
      'a refused login',
      'pool-connect',
      `> StartupMessage ...\n< ErrorResponse S="FATAL" C="28000" M="no"\n! cut\n${healthy}`,
    ],
    ['silence while end() waits', 'pool-end', `! login\n${asked}! silence`],
    ['RST while end() waits', 'pool-end', `! login\n${asked}! wait 100\n! reset`],
  ] as const)('H1: %s (%s)', { timeout: 60_000 }, async (_, does, script) => {
    await survives(does, script, false);
  });
});

describe.concurrent('H1: a process that handles the promise of connect() survives', () => {
  it.each([
    ['FIN at once', '! cut'],
    ['RST at once', '! wait 30\n! reset'],
    ['bytes of another protocol', '> StartupMessage ...\n! raw "HTTP/1.1 400 Bad Request"'],
    ['a refused login', '> StartupMessage ...\n< ErrorResponse S="FATAL" C="28000" M="no"\n! cut'],
    [
      'a refused login and RST',
      '> StartupMessage ...\n< ErrorResponse S="FATAL" C="28000" M="no"\n! wait 30\n! reset',
    ],
    ['FIN behind the answer to the login', '> StartupMessage ...\n< AuthenticationOk\n! cut'],
  ])('H1: %s', { timeout: 60_000 }, async (_, lines) => {
    await survives('connect', lines, false);
  });
});
