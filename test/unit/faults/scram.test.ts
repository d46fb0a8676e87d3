/**
 * Rows C14 and C15 of docs/failures.md: SCRAM-SHA-256 with servers that lie, cost time, or are somebody else, and its tie
 * to the TLS connection. test/integration/channel-binding.test.ts has the same with a real PostgreSQL.
 */
import type * as Crypto from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectOptions } from '../../../src/index.js';
import { serverEndPoint } from '../../../src/protocol/channel-binding.js';
import type { BackendMessage } from '../../../src/protocol/messages.js';
import { ScramServer, scramVerifier, type ScramVerifier } from '../../../src/protocol/scram-server.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import type { Peer } from '../../scripted/peer.js';
import { startScriptedServer, type Script } from '../../scripted/server.js';
import { attempt, base, inWords, secrets } from './connecting-to.js';
import { accepted, onlyGreeted, plain, play, saidTo, started, type Played } from './playing.js';

/** What the driver has hashed for a password: the cost that a server can put on it. */
const hashed = vi.hoisted(() => ({ iterations: 0 }));
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof Crypto>();
  const pbkdf2: typeof crypto.pbkdf2 = (password, salt, iterations, length, digest, done) => {
    hashed.iterations += iterations;
    crypto.pbkdf2(password, salt, iterations, length, digest, done);
  };
  return { ...crypto, pbkdf2 };
});

let certificates: Certificates;
let verifier: ScramVerifier;
beforeAll(async () => {
  certificates = await makeCertificates();
  verifier = await scramVerifier(secrets.password, new Uint8Array(16), 4096);
});
beforeEach(() => {
  hashed.iterations = 0;
});

describe('C14: SCRAM-SHA-256', () => {
  const sasl: BackendMessage = { type: 'AuthenticationSASL', mechanisms: ['SCRAM-SHA-256'] };
  const goOn = (data: string | Uint8Array): BackendMessage => ({
    type: 'AuthenticationSASLContinue',
    data: typeof data === 'string' ? Buffer.from(data) : data,
  });
  const end = (data: string | Uint8Array): BackendMessage => ({
    type: 'AuthenticationSASLFinal',
    data: typeof data === 'string' ? Buffer.from(data) : data,
  });
  /** Asks for SCRAM and hands over the client's nonce. */
  const asked = (then: (peer: Peer, nonce: string) => Promise<void>): Script =>
    started(async (peer) => {
      await peer.say(sasl);
      const { data } = await peer.expect('SASLInitialResponse');
      await then(
        peer,
        Buffer.from(data ?? [])
          .toString()
          .split('r=')[1]!,
      );
    });
  const refusedAtOnce = (outcome: Played, iterations = 0): void => {
    expect(outcome.error?.name).toMatch(/^(AuthenticationError|ProtocolError)$/);
    expect(hashed.iterations).toBe(iterations);
    expect(outcome.said.filter((type) => type === 'SASLResponse')).toEqual([]);
  };

  it.each([
    ['a nonce that is another', (): string => 'r=other,s=QUFBQUFBQUE=,i=4096'],
    ['a nonce that is ours', (nonce: string): string => `r=${nonce},s=QUFBQUFBQUE=,i=4096`],
    ['a nonce that ends in ours', (nonce: string): string => `r=x${nonce},s=QUFBQUFBQUE=,i=4096`],
    [
      'a nonce that has only most of ours',
      (nonce: string): string => `r=${nonce.slice(0, -1)}~xyz,s=QUFBQUFBQUE=,i=4096`,
    ],
    ['a nonce with a control character', (nonce: string): string => `r=${nonce}\u0001,s=QUFBQUFBQUE=,i=4096`],
    ['no nonce', (): string => 's=QUFBQUFBQUE=,i=4096'],
    ['no salt', (nonce: string): string => `r=${nonce}x,i=4096`],
    ['an empty salt', (nonce: string): string => `r=${nonce}x,s=,i=4096`],
    ['a salt that is no base64', (nonce: string): string => `r=${nonce}x,s=not base64!,i=4096`],
    ['a salt cut short', (nonce: string): string => `r=${nonce}x,s=QUFBQ,i=4096`],
    ['no iterations', (nonce: string): string => `r=${nonce}x,s=QUFBQUFBQUE=`],
    ['0 iterations', (nonce: string): string => `r=${nonce}x,s=QUFBQUFBQUE=,i=0`],
    ['-1 iterations', (nonce: string): string => `r=${nonce}x,s=QUFBQUFBQUE=,i=-1`],
    ['iterations in hex', (nonce: string): string => `r=${nonce}x,s=QUFBQUFBQUE=,i=0x10`],
    ['one iteration more than the cap', (nonce: string): string => `r=${nonce}x,s=QUFBQUFBQUE=,i=100001`],
    ['2^31-1 iterations', (nonce: string): string => `r=${nonce}x,s=QUFBQUFBQUE=,i=2147483647`],
    ['2^64 iterations', (nonce: string): string => `r=${nonce}x,s=QUFBQUFBQUE=,i=18446744073709551616`],
    [
      '10^5 digits of iterations',
      (nonce: string): string => `r=${nonce}x,s=QUFBQUFBQUE=,i=${'9'.repeat(50_000)}`,
    ],
    [
      'an extension that must be understood',
      (nonce: string): string => `m=x,r=${nonce}x,s=QUFBQUFBQUE=,i=4096`,
    ],
    ['the attributes in another order', (nonce: string): string => `s=QUFBQUFBQUE=,r=${nonce}x,i=4096`],
    ['an error', (): string => 'e=other-error'],
    ['nothing', (): string => ''],
    ['commas', (): string => ','.repeat(60_000)],
    ['a 60 kB nonce without an end', (nonce: string): string => `r=${nonce}${'a'.repeat(60_000)}`],
  ])('server-first with %s is refused before anything is hashed', async (_, first) => {
    const outcome = await play(
      asked(async (peer, nonce) => {
        await peer.say(goOn(first(nonce)));
        await peer.silence();
      }),
    );
    refusedAtOnce(outcome);
    expect(outcome.error?.name).toBe('AuthenticationError');
    // A wall-clock bound with room for a busy machine: hashing 2^31 times would take half an hour.
    expect(outcome.milliseconds).toBeLessThan(1000);
  });

  it('CVE-2026-42198: hashes no more than 100,000 times, whatever it is asked (pgjdbc had no bound)', async () => {
    for (const [count, expected] of [
      [100_000, 100_000],
      [100_001, 0],
    ] as const) {
      // prettier-ignore
      hashed.iterations = 0;
      await play(
        asked(async (peer, nonce) => {
          await peer.say(goOn(`r=${nonce}x,s=QUFBQUFBQUE=,i=${String(count)}`));
          if (expected > 0) await peer.expect('SASLResponse');
          peer.cut();
        }),
      );
      expect(hashed.iterations).toBe(expected);
    }
  });

  it('stops waiting at connectTimeout although it hashes', { retry: 2 }, async () => {
    const outcome = await play(
      asked(async (peer, nonce) => {
        await peer.say(goOn(`r=${nonce}x,s=QUFBQUFBQUE=,i=100000`));
        await peer.silence();
      }),
      { connectTimeout: 0.2 },
    );
    expect(outcome.error).toMatchObject({ name: 'TimeoutError', phase: 'connect' });
    expect(outcome.milliseconds).toBeLessThan(450);
  });

  /** An honest server up to the client's proof; `then` has the server-final that would be right. */
  const proven = (then: (peer: Peer, right: string) => Promise<void>): Script =>
    started(async (peer) => {
      const server = new ScramServer(verifier);
      await peer.say(sasl);
      const { data } = await peer.expect('SASLInitialResponse');
      await peer.say(goOn(server.first(data ?? new Uint8Array())));
      const proof = await peer.expect('SASLResponse');
      await then(peer, Buffer.from(server.final(proof.data)).toString());
    });

  it.each([
    ['no signature', (): string => ''],
    ['an empty signature', (): string => 'v='],
    ['another signature', (): string => `v=${Buffer.alloc(32, 7).toString('base64')}`],
    ['a signature cut short', (right: string): string => right.slice(0, -4)],
    [
      'the first half of the signature',
      (right: string): string =>
        `v=${Buffer.from(right.slice(2), 'base64').subarray(0, 16).toString('base64')}`,
    ],
    [
      'a signature and a byte',
      (right: string): string =>
        `v=${Buffer.concat([Buffer.from(right.slice(2), 'base64'), Buffer.of(0)]).toString('base64')}`,
    ],
    [
      'the signature with one bit changed',
      (right: string): string => right.replace(/^v=(.)/, (_, letter) => `v=${letter === 'A' ? 'B' : 'A'}`),
    ],
    ['a blank before it', (right: string): string => ` ${right}`],
    ['an attribute before it', (right: string): string => `x=1,${right}`],
    ['the client’s own proof', (): string => 'p=AAAA'],
    ['an error', (): string => 'e=invalid-proof'],
  ])('server-final with %s lets nobody in', async (_, final) => {
    const outcome = await play(
      proven(async (peer, right) => {
        await peer.say(end(final(right)), ...welcome);
        await peer.silence();
      }),
    );
    expect(inWords(outcome)).toBe('AuthenticationError');
  });

  const welcome: readonly BackendMessage[] = [
    { type: 'AuthenticationOk' },
    { type: 'ReadyForQuery', status: 'I' },
  ];

  it('the right signature lets in, with an extension behind it too', async () => {
    for (const more of ['', ',x=later']) {
      const outcome = await play(
        proven(async (peer, right) => {
          await peer.say(end(right + more), ...welcome);
          await peer.rest();
        }),
      );
      expect(inWords(outcome)).toBe('in');
    }
  });

  it.each([
    ['before the client has said anything', started((peer) => peer.say(sasl, ...welcome))],
    ['in place of server-first', asked((peer) => peer.say(...welcome))],
    ['while the client hashes', asked((peer, nonce) => peer.say(goOn(`r=${nonce}x,s=QUFBQUFBQUE=,i=50000`), ...welcome))], // prettier-ignore
    ['in place of server-final', proven((peer) => peer.say(...welcome))],
  ])('AuthenticationOk %s is an impostor’s', async (_, script) => {
    const outcome = await play(async (peer) => {
      await script(peer);
      await peer.silence();
    });
    expect(outcome.error).toMatchObject({
      name: 'AuthenticationError',
      message: expect.stringContaining('impostor'),
    });
  });

  it.each([
    ['server-final twice', proven((peer, right) => peer.say(end(right), end(right), ...welcome))],
    ['server-final before server-first', asked((peer) => peer.say(end('v=AAAA'), ...welcome))],
    ['server-first twice', asked((peer, nonce) => peer.say(...[1, 2].map(() => goOn(`r=${nonce}x,s=QUFBQUFBQUE=,i=4096`))))], // prettier-ignore
    ['server-first again behind the proof', proven((peer) => peer.say(goOn('r=x,s=AAAA,i=1')))],
    ['the question twice', started((peer) => peer.say(sasl, sasl))],
    ['another question behind the proof', proven((peer, right) => peer.say(end(right), { type: 'AuthenticationCleartextPassword' }))], // prettier-ignore
    ['MD5 in the middle', asked((peer) => peer.say({ type: 'AuthenticationMD5Password', salt: new Uint8Array(4) }))], // prettier-ignore
    ['ReadyForQuery without AuthenticationOk', proven((peer, right) => peer.say(end(right), { type: 'ReadyForQuery', status: 'I' }))], // prettier-ignore
    ['server-first without a question', started((peer) => peer.say(goOn('r=x,s=AAAA,i=1')))],
    ['server-final without a question', started((peer) => peer.say(end('v=AAAA'), ...welcome))],
  ])('%s is a ProtocolError', async (_, script) => {
    const outcome = await play(async (peer) => {
      await script(peer);
      await peer.silence();
    });
    expect(inWords(outcome)).toBe('ProtocolError');
    expect(outcome.said).not.toContain('PasswordMessage');
  });

  it('names of methods come into an error short and printable', async () => {
    const outcome = await play(
      started(async (peer) => {
        const names = ['SCRAM-SHA-1', '\u001b[2J', ...Array.from({ length: 500 }, () => 'x'.repeat(100))];
        await peer.say({ type: 'AuthenticationSASL', mechanisms: names });
        await peer.silence();
      }),
    );
    expect(outcome.error?.name).toBe('NotSupportedError');
    expect(outcome.error?.message).toMatch(/^[\x20-\x7e…]{1,400}$/);
  });
});

describe('C15: channel binding', () => {
  const plus = 'SCRAM-SHA-256-PLUS';
  /** A server with this certificate that offers these mechanisms, and is honest but for that. */
  async function offering(
    offer: readonly string[],
    options: ConnectOptions,
    settings: { certificate?: keyof Certificates['signedWith']; of?: string } = {},
  ): Promise<Played & { first: string }> {
    const shown = certificates.signedWith[settings.certificate ?? 'P-256'];
    let first = '';
    const server = await startScriptedServer(
      started(async (peer) => {
        const own = settings.of ?? shown.cert;
        const der = Buffer.from(own.replace(/-----[A-Z ]+-----/g, ''), 'base64');
        const scram = new ScramServer(
          verifier,
          undefined,
          offer.includes(plus) ? serverEndPoint(der) : undefined,
        );
        await peer.say({ type: 'AuthenticationSASL', mechanisms: offer });
        const said = await peer.expect('SASLInitialResponse');
        first = Buffer.from(said.data ?? []).toString();
        await peer.say({
          type: 'AuthenticationSASLContinue',
          data: scram.first(said.data ?? new Uint8Array()),
        });
        const proof = await peer.expect('SASLResponse');
        await peer.say({ type: 'AuthenticationSASLFinal', data: scram.final(proof.data) });
        await peer.say(...accepted);
        await peer.rest();
      }),
      { tls: shown },
    );
    // What the server's side throws ends the connection, as a server's FATAL would.
    void server.done().catch(() => {
      for (const peer of server.connections) peer.cut();
    });
    try {
      const outcome = await attempt({ ...base, sslrootcert: shown.ca, port: server.port, ...options });
      return { ...outcome, said: saidTo(server), first: first.replace(/,.*$/s, '') };
    } finally {
      await server.close();
    }
  }
  const both = ['SCRAM-SHA-256', plus];

  it.each([
    ['prefer', both, 'in', 'p=tls-server-end-point'],
    ['require', both, 'in', 'p=tls-server-end-point'],
    ['disable', both, 'in', 'n'],
    ['prefer', [plus], 'in', 'p=tls-server-end-point'],
    ['disable', [plus], 'NotSupportedError', ''],
    // 'y': a server that did offer it learns that somebody took the offer out.
    ['prefer', ['SCRAM-SHA-256'], 'in', 'y'],
    ['disable', ['SCRAM-SHA-256'], 'in', 'n'],
    ['require', ['SCRAM-SHA-256'], 'AuthenticationError', ''],
  ] as const)('%s, the server offers %j: %s', async (channelBinding, offer, expected, first) => {
    const outcome = await offering(offer, { channelBinding });
    expect(inWords(outcome)).toBe(expected);
    expect(outcome.first).toBe(first);
    if (first === '') expect(outcome.said).toEqual(onlyGreeted);
  });

  it.each(['P-384', 'RSA'] as const)(
    'takes the hash of a certificate signed with %s',
    async (certificate) => {
      expect(inWords(await offering(both, { channelBinding: 'require' }, { certificate }))).toBe('in');
    },
  );

  it('has no hash of an Ed25519 certificate: require ends the login, prefer says that it cannot bind', async () => {
    const required = await offering(both, { channelBinding: 'require' }, { certificate: 'Ed25519' });
    expect(required.error).toMatchObject({
      name: 'AuthenticationError',
      message: expect.stringContaining('Ed25519'),
    });
    expect(required.said).toEqual(onlyGreeted);
    // Not 'y': that would be a lie, and PostgreSQL would end the login.
    const preferred = await offering(both, { channelBinding: 'prefer' }, { certificate: 'Ed25519' });
    expect([inWords(preferred), preferred.first]).toEqual(['in', 'n']);
  });

  it('to another certificate than the server’s own, as with a man in the middle, fails at the server', async () => {
    const outcome = await offering(both, { sslmode: 'require' }, { of: certificates.server.cert });
    expect(outcome.error).toBeDefined();
    expect(outcome.said).toContain('SASLResponse');
  });

  it('CVE-2025-49146: require lets no method pass that cannot be bound (pgjdbc 42.7.4 to 42.7.6 did)', async () => {
    const asks: readonly BackendMessage[] = [
      { type: 'AuthenticationOk' },
      { type: 'AuthenticationCleartextPassword' },
      { type: 'AuthenticationMD5Password', salt: new Uint8Array(4) },
      {
        type: 'AuthenticationDigest',
        algorithm: 0,
        salt: new Uint8Array(16),
        serverNonce: new Uint8Array(16),
      },
      { type: 'AuthenticationIdpToken' },
      { type: 'AuthenticationSASL', mechanisms: ['SCRAM-SHA-256'] },
    ];
    for (const message of asks) {
      const outcome = await play(
        started(async (peer) => {
          await peer.say(message);
          await peer.silence();
        }),
        { channelBinding: 'require' },
        certificates,
      );
      expect(outcome.error, message.type).toMatchObject({
        name: 'AuthenticationError',
        message: expect.stringContaining("channelBinding 'require' needs SCRAM-SHA-256-PLUS"),
      });
      expect(outcome.said).toEqual(onlyGreeted);
    }
  });

  it('offered on a plain socket is somebody else’s offer', async () => {
    const outcome = await play(
      started(async (peer) => {
        await peer.say({ type: 'AuthenticationSASL', mechanisms: both });
        await peer.silence();
      }),
    );
    expect(outcome.error).toMatchObject({
      name: 'AuthenticationError',
      message: expect.stringContaining('without TLS'),
    });
    expect(outcome.said).toEqual(onlyGreeted);
  });

  it('demanded without TLS is an error of the options', async () => {
    const { error } = await attempt({ ...plain, port: 1, channelBinding: 'require' });
    expect(error).toMatchObject({
      name: 'ArgumentError',
      message: expect.stringContaining('channelBinding'),
    });
  });
});
