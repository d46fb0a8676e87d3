/**
 * Rows C6 to C11 of docs/failures.md: what happens between the first eight bytes and the first byte of the login, on real
 * sockets with real certificates.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Socket } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConnectOptions } from '../../../src/index.js';
import { encodeBackend } from '../../../src/protocol/backend.js';
import type { Issued } from '../../../src/local/certificate.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import type { Peer, ServerIdentity } from '../../scripted/peer.js';
import { startScriptedServer } from '../../scripted/server.js';
import { attempt, base, inWords, secrets, startRawServer, type Attempt } from './connecting-to.js';

const sslRequest = '0000000804d2162f';

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});

interface Asked extends Attempt {
  /** All that the server was told, in hex. */
  readonly told: string;
}

/** A server that answers the request for TLS as the test says. */
async function ask(
  answer: (socket: Socket) => void,
  options: ConnectOptions = {},
  beforeRequest = false,
): Promise<Asked> {
  const server = await startRawServer((socket) => {
    if (beforeRequest) answer(socket);
    else socket.once('data', () => answer(socket));
  });
  try {
    const outcome = await attempt({ port: server.port, sslrootcert: certificates.ca, ...options });
    expect(server.connections()).toBe(1);
    return { ...outcome, told: server.received().toString('hex') };
  } finally {
    await server.close();
  }
}

/** Neither the user nor the beginning of a startup packet is among what the server was told. */
function expectNothingLeaked({ told }: Asked): void {
  expect(told.slice(0, 16)).toBe(sslRequest);
  expect(told).not.toContain('00030000');
  for (const name of [secrets.user, secrets.password, 'client_encoding']) {
    expect(told).not.toContain(Buffer.from(name).toString('hex'));
  }
}

/** What a server that lets anybody in says after the startup packet. */
const wholeLogin = Buffer.concat([
  encodeBackend({ type: 'AuthenticationOk' }, 0),
  encodeBackend({ type: 'ParameterStatus', name: 'client_encoding', value: 'UTF8' }, 0),
  encodeBackend({ type: 'BackendKeyData', processId: 1, secretKey: 2 }, 0),
  encodeBackend({ type: 'ReadyForQuery', status: 'I' }, 0),
]);

describe('C6: a server that refuses TLS', () => {
  it.each(['verify-full', 'verify-ca', 'require'] as const)(
    'is told the eight bytes and no more (%s)',
    async (sslmode) => {
      const outcome = await ask((socket) => socket.write('N'), { sslmode });
      expect(outcome.error).toMatchObject({ name: 'ConnectError', code: 'ERR_RS_CONNECT' });
      expect(outcome.error?.message).toMatch(/does not offer TLS.*sslmode 'disable'/);
      expect(outcome.told).toBe(sslRequest);
    },
  );

  it('is not believed when it goes on as if it had been asked in clear', async () => {
    const outcome = await ask((socket) => socket.write(Buffer.concat([Buffer.from('N'), wholeLogin])));
    expect(inWords(outcome)).toBe('ConnectError');
    expect(outcome.told).toBe(sslRequest);
  });
});

describe('C7: an error in answer to the request for TLS', () => {
  const said = (text: string): Buffer =>
    Buffer.from(
      encodeBackend({ type: 'ErrorResponse', fields: new Map([['S', 'FATAL'], ['C', '53300'], ['M', text]]) }, 0), // prettier-ignore
    );

  it('is a ConnectError whose text is marked as nobody’s', async () => {
    const outcome = await ask((socket) => socket.end(said('too many clients')));
    expect(inWords(outcome)).toBe('ConnectError');
    expect(outcome.error?.message).toMatch(/Unauthenticated server text: ".*too many clients/);
    expect(outcome.error).not.toHaveProperty('sqlState');
    expect(outcome.told).toBe(sslRequest);
  });

  it.each([
    ['nothing behind the letter', Buffer.from('E')],
    ['the text of servers before 7.4', Buffer.from('ESorry, no\n\0')],
    ['a length that cannot be', Buffer.from('45ffffffff', 'hex')],
    ['100 kB', Buffer.concat([said('x'.repeat(100_000))])],
  ])('with %s', async (_, bytes) => {
    const outcome = await ask((socket) => socket.write(bytes));
    expect(inWords(outcome)).toBe('ConnectError');
    expect(outcome.error!.message.length).toBeLessThan(500);
    expect(outcome.told).toBe(sslRequest);
  });

  it('CVE-2024-10977: puts no bytes of a stranger on a terminal (libpq kept them as the server’s own words)', async () => {
    const { error } = await ask((socket) => socket.write(said('\u001b[2J\u0007\u202e all is well\r\n')));
    expect(error?.message).toMatch(/Unauthenticated server text/);
    expect(error?.message).not.toMatch(/[^\x20-\x7e]/);
  });
});

describe('C8: bytes behind the consent to TLS', () => {
  it.each([
    ['a whole login', wholeLogin],
    ['one byte', Buffer.from('R')],
    ['another S', Buffer.from('S')],
    ['an error', Buffer.from('E')],
  ])(
    'CVE-2021-23222: %s in the same segment is refused (libpq took it for what came through TLS)',
    async (_, bytes) => {
      const outcome = await ask((socket) => socket.write(Buffer.concat([Buffer.from('S'), bytes])));
      expect(inWords(outcome)).toBe('ConnectError');
      expect(outcome.error?.message).toMatch(/in the clear/);
      expect(outcome.told).toBe(sslRequest);
    },
  );

  it.each([1, 5, 1000])('in the next segment, in pieces of %i, never reaches the parser', async (piece) => {
    const trickle = (socket: Socket, at: number): void => {
      socket.write(wholeLogin.subarray(at, at + piece));
      if (at + piece < wholeLogin.length) setImmediate(trickle, socket, at + piece);
    };
    const outcome = await ask((socket) => {
      socket.write('S');
      setImmediate(trickle, socket, 0);
    });
    expect(outcome.error?.name).toBe('ConnectError');
    expectNothingLeaked(outcome);
  });

  it('is refused as well when it all came before the request', async () => {
    const outcome = await ask(
      (socket) => socket.write(Buffer.concat([Buffer.from('S'), wholeLogin])),
      {},
      true,
    );
    expect(inWords(outcome)).toBe('ConnectError');
    expect([sslRequest, '']).toContain(outcome.told);
  });
});

describe('C9: an answer that is none', () => {
  it('any byte but S, N and E', async () => {
    const letters = Array.from({ length: 256 }, (_, byte) => byte).filter(
      (byte) => !'SNE'.includes(String.fromCharCode(byte)),
    );
    // Many at once, so that it takes a moment only.
    for (let at = 0; at < letters.length; at += 32) {
      const outcomes = await Promise.all(
        letters.slice(at, at + 32).map((byte) => ask((socket) => socket.write(Buffer.of(byte)))),
      );
      for (const outcome of outcomes) {
        expect(inWords(outcome)).toBe('ConnectError');
        expect(outcome.error?.message).toMatch(/does not speak this protocol/);
        expect(outcome.told).toBe(sslRequest);
      }
    }
  });

  it.each([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'],
    ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['MySQL', '\x4a\0\0\0\x0a8.0.36\0'],
    ['a login', wholeLogin],
  ])('%s', async (_, text) => {
    const outcome = await ask((socket) => socket.write(text));
    expect(inWords(outcome)).toBe('ConnectError');
    expect(outcome.told).toBe(sslRequest);
  });

  it.each(['end', 'resetAndDestroy'] as const)('no byte at all, then %s', async (how) => {
    const outcome = await ask((socket) => {
      socket[how]();
    });
    expect(outcome.error).toMatchObject({ name: 'ConnectError', retryable: true });
    expect(outcome.told).toBe(sslRequest);
  });

  it.each(['end', 'resetAndDestroy'] as const)('%s before the request', async (how) => {
    const outcome = await ask((socket) => socket[how](), {}, true);
    expect(outcome.error).toMatchObject({ name: 'ConnectError', retryable: true });
  });
});

describe('C10: certificates', () => {
  type Name = keyof Certificates['bad'] | 'server' | 'chained' | 'wildcard';
  interface Case {
    readonly shown: Name;
    /** As whom the server is addressed. */
    readonly as: ConnectOptions;
    /** What verify-full and verify-ca make of it; `in` both times: it is a good one. */
    readonly full: string;
    readonly ca: string;
  }
  const refused = (code: string): string => `ConnectError ${code}`;
  const wrongName = refused('ERR_TLS_CERT_ALTNAME_INVALID');
  const byName = (sslServername: string): ConnectOptions => ({ sslServername });
  const good = (shown: Name, as: ConnectOptions): Case => ({ shown, as, full: 'in', ca: 'in' });
  const name = (shown: Name, as: ConnectOptions): Case => ({ shown, as, full: wrongName, ca: 'in' });
  const chain = (shown: Name, code: string): Case => ({
    shown,
    as: {},
    full: refused(code),
    ca: refused(code),
  });

  // prettier-ignore
  const cases: readonly Case[] = [
    good('server', { host: 'localhost' }),
    good('server', { host: '127.0.0.1' }),
    good('server', { host: 'LOCALHOST' }),
    good('server', byName('localhost.')),
    good('chained', {}),
    good('wildcard', byName('db.redshift.test')),
    good('wildcard', byName('DB.Redshift.Test')),
    chain('expired', 'CERT_HAS_EXPIRED'),
    chain('notYetValid', 'CERT_NOT_YET_VALID'),
    chain('selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
    chain('otherAuthority', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    chain('missingIntermediate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    chain('forClients', 'INVALID_PURPOSE'),
    // OpenSSL's code for an issuer that is no authority; Node has had no name for it.
    chain('signedByServer', '(INVALID_CA|UNSPECIFIED)'),
    name('otherHost', {}),
    name('noIpAddress', { host: '127.0.0.1' }),
    name('commonNameOnly', {}),
    name('addressAsName', { host: '127.0.0.1' }),
    name('server', byName('evil.test')),
    name('server', byName('localhost.evil.test')),
    // One label for the star, a whole one, and the first.
    name('wildcard', byName('a.db.redshift.test')),
    name('wildcard', byName('redshift.test')),
    name('wildcard', byName('.redshift.test')),
    name('wildcard', {}),
    name('anyName', {}),
    name('anyName', byName('test')),
    name('wholeDomain', byName('redshift.test')),
    name('twoWildcards', byName('a.b.redshift.test')),
    name('partOfLabel', byName('db.redshift.test')),
    name('endOfLabel', byName('db.redshift.test')),
    name('innerLabel', byName('db.redshift.test')),
    name('nulInName', {}),
    name('commaInName', {}),
  ];

  const shownBy = (shown: Name): Issued => {
    if (shown === 'server' || shown === 'chained' || shown === 'wildcard') return certificates[shown];
    return certificates.bad[shown];
  };
  const welcome = async (peer: Peer): Promise<void> => {
    if ((await peer.next('StartupMessage')) === undefined) return;
    await peer.write(wholeLogin);
    await peer.rest();
  };

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'every certificate with every mode by %s',
    async (version) => {
      for (const { shown, as, full, ca } of cases) {
        const { cert, key } = shownBy(shown);
        const tls: ServerIdentity = { cert, key, minVersion: version, maxVersion: version };
        const server = await startScriptedServer(welcome, { tls });
        const about = `${shown} as ${JSON.stringify(as)}`;
        const roots = { sslrootcert: certificates.ca };
        const expected: readonly [string, ConnectOptions, string][] = [
          ['verify-full', { ...as, ...roots, sslmode: 'verify-full' }, full],
          ['verify-ca', { ...as, ...roots, sslmode: 'verify-ca' }, ca],
          // As libpq: with a root it checks the chain.
          ['require with a root', { ...as, ...roots, sslmode: 'require' }, ca],
          // Documented as unsafe: anybody's certificate will do.
          ['require', { ...as, sslmode: 'require' }, 'in'],
          ['disable', { sslmode: 'disable' }, 'in'],
        ];
        try {
          for (const [at, [mode, options, outcome]] of expected.entries()) {
            const found = await attempt({ ...options, port: server.port });
            expect(inWords(found), `${about}, ${mode}`).toMatch(new RegExp(`^${outcome}$`));
            const peer = server.connections[at]!;
            const told = Buffer.from(peer.received);
            if (outcome === 'in') {
              expect(peer.secured, `${about}, ${mode}`).toBe(mode !== 'disable');
            } else {
              expect(told.toString('hex'), `${about}, ${mode}`).toBe(sslRequest);
              expect(found.error?.message).toContain(`sslmode ${options.sslmode ?? ''}`);
            }
          }
        } finally {
          await server.close();
        }
      }
    },
    60_000,
  );

  it.each(['verify-full', 'verify-ca', 'require'] as const)(
    'a server of TLS 1.0 and 1.1 only is refused (%s)',
    async (sslmode) => {
      const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      const server = await startScriptedServer(welcome, { tls: { ...certificates.server, ...old } });
      const found = await attempt({ port: server.port, sslmode, sslrootcert: certificates.ca });
      expect(inWords(found)).toMatch(
        /^ConnectError ERR_SSL_(UNSUPPORTED_PROTOCOL|TLSV1_ALERT|WRONG_VERSION)/,
      );
      expect(Buffer.from(server.connections[0]!.received).toString('hex')).toBe(sslRequest);
      await server.close();
    },
  );

  it('are checked whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    const server = await startScriptedServer(welcome, { tls: certificates.bad.selfSigned });
    const program = `
      import { connect } from './src/index.js';
      const failed = await connect(JSON.parse(process.env.OPTIONS)).then(() => 'in', (error) => error.cause.code);
      console.log(failed);`;
    const env = {
      ...process.env,
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      OPTIONS: JSON.stringify({ ...base, port: server.port }),
    };
    const args = ['--import', 'tsx', '--input-type=module', '-e', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    expect(stdout.trim()).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    await server.close();
  }, 30_000);

  it('a root that is no certificate, or no file, is an error before a connection is opened', async () => {
    const server = await startRawServer(() => undefined);
    const nonsense = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    for (const sslrootcert of ['/nowhere/at/all.pem', import.meta.filename, nonsense]) {
      const { error } = await attempt({ port: server.port, sslrootcert });
      expect(error).toMatchObject({
        name: 'ArgumentError',
        message: expect.stringContaining('sslrootcert'),
      });
    }
    expect(server.connections()).toBe(0);
    await server.close();
  });

  it('the name of the host goes along (SNI), an address never does', async () => {
    for (const [options, expected] of [
      [{}, 'localhost'],
      [{ sslServername: 'cluster.example.' }, 'cluster.example'],
      [{ host: '127.0.0.1' }, false],
    ] as const) {
      const server = await startScriptedServer(welcome, { tls: certificates.server });
      await attempt({ ...options, port: server.port, sslmode: 'require' });
      expect(server.connections[0]!.servername).toBe(expected);
      await server.close();
    }
  });
});

describe('C11: a handshake that goes nowhere', () => {
  const consent = (then: (socket: Socket) => void) => (socket: Socket) => {
    socket.write('S');
    socket.once('data', () => then(socket));
  };

  it.each([
    ['garbage', Buffer.alloc(100, 0xab)],
    ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a whole login', wholeLogin],
    ['an alert', Buffer.from('15030300020228', 'hex')],
    ['a record that is too long', Buffer.from(`160303ffff${'00'.repeat(70_000)}`, 'hex')],
    ['a ServerHello of nonsense', Buffer.from(`160303002802000024${'ff'.repeat(36)}`, 'hex')],
  ])('%s instead of ServerHello is a ConnectError at once', async (_, bytes) => {
    const outcome = await ask(consent((socket) => socket.write(bytes)));
    expect(outcome.error?.name).toBe('ConnectError');
    expect(outcome.error?.message).toMatch(/^TLS with localhost:\d+ failed/);
    expectNothingLeaked(outcome);
  });

  it.each(['end', 'resetAndDestroy'] as const)('%s in it is a ConnectError at once', async (how) => {
    const outcome = await ask(consent((socket) => void socket[how]()));
    expect(outcome.error?.name).toBe('ConnectError');
    expectNothingLeaked(outcome);
  });

  // A bound of wall-clock time: one miss on a busy machine is no finding, three are.
  it('silence ends it at connectTimeout', { retry: 2 }, async () => {
    const outcome = await ask(
      consent(() => undefined),
      { connectTimeout: 0.2 },
    );
    expect(outcome.error).toMatchObject({ name: 'TimeoutError', phase: 'connect' });
    expect(outcome.milliseconds).toBeLessThan(450);
    expectNothingLeaked(outcome);
  });
});
