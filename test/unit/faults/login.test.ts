/**
 * Rows C12, C13, C16 and C17 of docs/failures.md: what a server may ask for in the login, and what it may not.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConnectOptions } from '../../../src/index.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import type { Script } from '../../scripted/server.js';
import { inWords, secrets } from './connecting-to.js';
import { accepted, onlyGreeted, play, started, type Played } from './playing.js';

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});

describe('C12: clear text', () => {
  const asks = `> StartupMessage ...\n< AuthenticationCleartextPassword\n> PasswordMessage password="${secrets.password}"\n${accepted.map((line) => `< ${line}`).join('\n')}`;

  it('is never said on a plain socket', async () => {
    const outcome = await play(asks);
    expect(outcome.error).toMatchObject({
      name: 'AuthenticationError',
      message: expect.stringMatching(/clear text.*not encrypted.*allowCleartextPassword/),
    });
    expect(outcome.said).toEqual(onlyGreeted);
  });

  it('is said where an option allows it, or the socket is private', async () => {
    expect(inWords(await play(asks, { allowCleartextPassword: true }))).toBe('in');
    expect(inWords(await play(asks, {}, certificates))).toBe('in');
    expect(inWords(await play(asks, { sslmode: 'require', sslrootcert: undefined }, certificates))).toBe(
      'in',
    );
  });

  it('is never said first, whatever the options allow', async () => {
    const outcome = await play(
      started(async (peer) => {
        await peer.wait(50);
        await peer.say({ type: 'ErrorResponse', fields: new Map([['C', '28000'], ['M', 'no']]) }); // prettier-ignore
      }),
      { allowCleartextPassword: true },
    );
    expect(outcome.said).toEqual(onlyGreeted);
  });
});

describe('C13: a weaker method than demanded', () => {
  const methods = ['none', 'password', 'md5', 'scram-sha-256', 'sha256'] as const;
  type Method = (typeof methods)[number] | 'token';
  const asks: Readonly<Record<Method, Script>> = {
    none: () => undefined,
    password: async (peer) => {
      await peer.say({ type: 'AuthenticationCleartextPassword' });
      await peer.expect('PasswordMessage');
    },
    md5: async (peer) => {
      await peer.say({ type: 'AuthenticationMD5Password', salt: Uint8Array.of(1, 2, 3, 4) });
      await peer.expect('PasswordMessage');
    },
    'scram-sha-256': (peer) => peer.scram(secrets.password),
    sha256: (peer) => peer.digest(secrets.password),
    token: async (peer) => {
      await peer.say({ type: 'AuthenticationIdpToken' });
      await peer.expect('IdpTokenMessage');
    },
  };
  const server = (method: Method): Script =>
    started(async (peer) => {
      await asks[method](peer);
      await peer.say(...accepted);
      await peer.rest();
    });
  const all: readonly Method[] = [...methods, 'token'];
  /** None, each, each pair, and all. */
  const demands = [
    [],
    ...all.map((one) => [one]),
    ...all.flatMap((one, at) => all.slice(at + 1).map((other) => [one, other])),
    all,
  ];

  async function expectDemands(
    method: Method,
    options: ConnectOptions,
    secured?: Certificates,
  ): Promise<void> {
    for (const requireAuth of demands) {
      const outcome = await play(server(method), { ...options, requireAuth }, secured);
      const about = `${method}, ${requireAuth.join(' or ')}`;
      if (requireAuth.length === 0 || requireAuth.includes(method)) {
        expect(inWords(outcome), about).toBe('in');
      } else {
        expect(outcome.error, about).toMatchObject({
          name: 'AuthenticationError',
          message: expect.stringMatching(new RegExp(`requireAuth demands ${requireAuth.join(' or ')}$`)),
        });
        expect(outcome.said, about).toEqual(onlyGreeted);
      }
    }
  }

  it.each(methods)('%s is answered only where it is good enough', async (method) => {
    await expectDemands(method, { allowCleartextPassword: true });
  });

  it('token is answered only where it is good enough', async () => {
    const options = { user: undefined, password: undefined, token: secrets.token, tokenType: 'ACCESS_TOKEN' };
    await expectDemands('token', options, certificates);
  });

  it('a question that the options have no answer to is refused, never answered with something else', async () => {
    for (const method of ['password', 'md5', 'scram-sha-256', 'sha256'] as const) {
      const token = { user: 'u', password: undefined, token: secrets.token, tokenType: 'ACCESS_TOKEN' };
      for (const [options, secured] of [
        [{ password: undefined, allowCleartextPassword: true }, undefined],
        [{ password: '', allowCleartextPassword: true }, undefined],
        [token, certificates],
      ] as const) {
        const outcome = await play(server(method), options, secured);
        expect(outcome.error).toMatchObject({
          name: 'AuthenticationError',
          message: expect.stringContaining('asks for a password and none was given'),
        });
        expect(outcome.said).toEqual(onlyGreeted);
      }
    }
    const outcome = await play(server('token'));
    expect(outcome.error).toMatchObject({ name: 'AuthenticationError' });
    expect(outcome.said).toEqual(onlyGreeted);
  });
});

/** An authentication request of this body, code included. */
const request = (body: Uint8Array): Buffer => {
  const head = Buffer.from('R\0\0\0\0');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const int32 = (...values: number[]): Buffer =>
  Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(value | 0);
      return bytes;
    }),
  );

async function asks(body: Uint8Array, options: ConnectOptions = {}): Promise<Played> {
  return play(
    started(async (peer) => {
      await peer.raw(request(body));
      await peer.silence();
    }),
    options,
  );
}

describe("C16: Redshift's digest (code 13)", () => {
  const whole = Buffer.concat([int32(13, 0, 16), Buffer.alloc(16, 1), int32(16), Buffer.alloc(16, 2)]);

  it('is answered when it is whole, and only then', async () => {
    for (let length = 4; length < whole.length; length++) {
      const outcome = await asks(whole.subarray(0, length));
      expect(outcome.error, `${String(length)} bytes`).toMatchObject({
        name: 'ProtocolError',
        message: expect.stringContaining('code 13'),
      });
      expect(outcome.said).toEqual(onlyGreeted);
    }
    const answered = await play(
      started(async (peer) => {
        await peer.raw(request(whole));
        await peer.next();
        await peer.say(...accepted);
        await peer.rest();
      }),
    );
    expect(inWords(answered)).toBe('in');
  });

  it.each([
    ['bytes left over', Buffer.concat([whole, Buffer.of(0)])],
    ['a salt of -1 bytes', int32(13, 0, -1, 0)],
    ['a salt of 2^31-1 bytes', int32(13, 0, 0x7fffffff, 0)],
    ['a salt of 2^31 bytes', int32(13, 0, 0x80000000, 0)],
    ['a salt that takes the nonce along', Buffer.concat([int32(13, 0, 36), Buffer.alloc(36), int32(0)])],
    ['a nonce of -1 bytes', Buffer.concat([int32(13, 0, 16), Buffer.alloc(16), int32(-1)])],
    ['a nonce of 2^31-1 bytes', Buffer.concat([int32(13, 0, 16), Buffer.alloc(16), int32(0x7fffffff)])],
  ])('with %s is refused', async (_, body) => {
    const outcome = await asks(body);
    expect(outcome.error?.name).toMatch(/^(ProtocolError|AuthenticationError)$/);
    expect(outcome.said).toEqual(onlyGreeted);
  });

  it.each([0, 1, 7])('with a salt of %i bytes would give away a bare hash of the password', async (size) => {
    const outcome = await asks(
      Buffer.concat([int32(13, 0, size), Buffer.alloc(size), int32(16), Buffer.alloc(16)]),
    );
    expect(outcome.error).toMatchObject({
      name: 'AuthenticationError',
      message: expect.stringContaining('salt'),
    });
    expect(outcome.said).toEqual(onlyGreeted);
  });

  it.each([0, 1, 3])('with a nonce of %i bytes could be answered with an old answer', async (size) => {
    const outcome = await asks(
      Buffer.concat([int32(13, 0, 16), Buffer.alloc(16), int32(size), Buffer.alloc(size)]),
    );
    expect(outcome.error).toMatchObject({
      name: 'AuthenticationError',
      message: expect.stringContaining('nonce'),
    });
    expect(outcome.said).toEqual(onlyGreeted);
  });

  it.each([
    [1, 'scrypt'],
    [2, 'Argon2'],
    [3, 'unknown'],
    [-1, 'unknown'],
    [0x7fffffff, 'unknown'],
  ])('by algorithm %i is refused by name, whatever parameters it has', async (algorithm, name) => {
    // As many iterations, and as much memory, as an int32 can say.
    for (const rest of [
      Buffer.alloc(0),
      int32(16),
      whole.subarray(8),
      int32(0x7fffffff, 0x7fffffff, 0x7fffffff),
    ]) {
      const outcome = await asks(Buffer.concat([int32(13, algorithm), rest]));
      expect(outcome.error).toMatchObject({
        name: 'NotSupportedError',
        message: expect.stringContaining(`${name} (algorithm ${String(algorithm)})`),
      });
      expect(outcome.said).toEqual(onlyGreeted);
    }
  });
});

describe('C17: authentication requests', () => {
  const methods: readonly [number, string][] = [
    [2, 'Kerberos 5'],
    [4, 'crypt'],
    [6, 'SCM credentials'],
    [7, 'GSSAPI (Kerberos)'],
    [8, 'GSSAPI (Kerberos)'],
    [9, 'SSPI (Kerberos)'],
    [10, 'GSSAPI (Kerberos)'],
    [1, 'unknown'],
    [15, 'unknown'],
    [1000, 'unknown'],
    [-1, 'unknown'],
    [0x7fffffff, 'unknown'],
    [0x80000000, 'unknown'],
  ];
  it.each(methods)('of code %i are refused with their code', async (code, name) => {
    for (const rest of [Buffer.alloc(0), Buffer.alloc(40, 0xff)]) {
      const { error, said } = await asks(Buffer.concat([int32(code), rest]));
      expect(error).toMatchObject({
        name: 'NotSupportedError',
        message: expect.stringContaining(`${name} (code ${String(code | 0)})`),
      });
      expect(said).toEqual(onlyGreeted);
    }
  });

  it.each([
    ['no code', Buffer.alloc(0), /authentication request/],
    ['half a code', Buffer.alloc(2), /authentication request/],
    ['code 0 and more', int32(0, 0), /code 0 is 4 bytes too long/],
    ['code 3 and more', int32(3, 0), /code 3 is 4 bytes too long/],
    ['code 14 and more', int32(14, 0), /code 14 is 4 bytes too long/],
    ...[0, 1, 2, 3].map((size): [string, Buffer, RegExp] => [
      `code 5 with ${String(size)} bytes of salt`,
      Buffer.concat([int32(5), Buffer.alloc(size)]),
      /code 5 ends too early/,
    ]),
    ['code 5 with 5 bytes of salt', Buffer.concat([int32(5), Buffer.alloc(5)]), /code 5 is 1 bytes too long/],
    [
      'a list of SCRAM methods without an end',
      Buffer.concat([int32(10), Buffer.from('SCRAM-SHA-256\0')]),
      /list of login methods/,
    ],
    [
      'a list of SCRAM methods with more behind it',
      Buffer.concat([int32(10), Buffer.from('SCRAM-SHA-256\0\0x')]),
      /list of login methods/,
    ],
  ])('with %s are a ProtocolError', async (_, body, text) => {
    const { error, said } = await asks(body, { allowCleartextPassword: true });
    expect(error?.name).toBe('ProtocolError');
    expect(error?.message).toMatch(text);
    expect(said).toEqual(onlyGreeted);
  });

  it('longer than 64 KiB are refused from their header, before their body came', async () => {
    const outcome = await play(
      started(async (peer) => {
        await peer.raw(Buffer.from('5200010001', 'hex'));
        await peer.silence();
      }),
    );
    expect(inWords(outcome)).toBe('ProtocolError');
  });
});
