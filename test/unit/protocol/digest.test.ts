import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuthenticationError } from '../../../src/errors.js';
import { digestPassword, md5Password, ScramClient, type ScramBinding } from '../../../src/protocol/digest.js';
import { ScramServer, scramVerifier } from '../../../src/protocol/scram-server.js';
import { bytes, hex } from './hex.js';

const ascii = (text: string): Buffer => Buffer.from(text, 'utf8');
const string = (value: Uint8Array): string => Buffer.from(value).toString('utf8');

describe('login digests', () => {
  it('makes the MD5 answer (code 5)', () => {
    expect(md5Password('alice', 'Secret1!', bytes('01020304'))).toBe('md557143ffedb4e4ad09e01d3911e2defd2');
  });

  it("makes Redshift's SHA-256 answer (code 13), in which the user's name plays no part", () => {
    const salt = Uint8Array.from({ length: 16 }, (_, i) => i);
    const nonce = Uint8Array.from({ length: 16 }, (_, i) => 0x20 + i);
    expect(hex(digestPassword('Secret1!', salt, nonce, ascii('1700000000000')))).toBe(
      '992313c1e6ac71d6b0151262e9d2adbe536b0679bf1f84457a4a247fa9ffc36c',
    );
  });
});

describe('ScramClient', () => {
  // RFC 7677, section 3.
  const serverFirst =
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
  const rfc = (): ScramClient => new ScramClient('pencil', 'rOprNGfwEbeRWgbNEkqO', 'user');

  it('makes the exchange of RFC 7677', async () => {
    const client = rfc();
    expect(string(client.first())).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
    expect(string(await client.final(ascii(serverFirst)))).toBe(
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    );
    expect(() => client.verify(ascii('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='))).not.toThrow();
  });

  it.each([
    ['a nonce that does not begin with ours', 'r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'],
    ['a nonce that only repeats ours', 'r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'],
    ['no iterations', 'r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0'],
    ['negative iterations', 'r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1'],
    ['too many iterations', 'r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100001'],
    ['2^31-1 iterations', 'r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2147483647'],
    ['endless digits', `r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=${'9'.repeat(5000)}`],
    ['an empty salt', 'r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096'],
    ['a salt that is no base64', 'r=rOprNGfwEbeRWgbNEkqOx,s=W22Z%J0SNY7soEsUEjb6gQ==,i=4096'],
    ['a salt of a length that base64 has not', 'r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SN,i=4096'],
    ['a mandatory extension', 'm=x,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'],
    ['an error', 'e=other-error'],
    ['nothing', ''],
    ['no UTF-8', '\ufffd\0'],
  ])('refuses %s at once, without hashing', async (_, first) => {
    const started = performance.now();
    await expect(rfc().final(ascii(first))).rejects.toThrow(AuthenticationError);
    expect(performance.now() - started).toBeLessThan(100);
  });

  it.each([
    ['a wrong signature', 'v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='],
    ['a short signature', 'v=6rriTRBi'],
    ['an empty signature', 'v='],
    ['an error', 'e=invalid-proof'],
    ['nothing', ''],
  ])('refuses %s in server-final', async (_, final) => {
    const client = rfc();
    await client.final(ascii(serverFirst));
    expect(() => client.verify(ascii(final))).toThrow(AuthenticationError);
  });

  it('trusts no server-final that came before the proof', () => {
    expect(() => rfc().verify(ascii('v='))).toThrow(AuthenticationError);
    expect(() => rfc().verify(new Uint8Array())).toThrow(AuthenticationError);
  });

  it('has a fresh nonce each time and never shows the password', async () => {
    const [a, b] = [new ScramClient('planted-secret'), new ScramClient('planted-secret')];
    expect(string(a.first())).not.toBe(string(b.first()));
    const error: unknown = await a.final(ascii('r=x,s=AA==,i=1')).catch((reason: unknown) => reason);
    expect(String(error) + JSON.stringify(a)).not.toContain('planted-secret');
  });

  it('prepares the password by RFC 4013, and takes one that the profile refuses as it is', async () => {
    // A soft hyphen maps to nothing; U+2168 to "IX"; U+0007 is forbidden.
    await expect(login('I\u00adX', 'IX')).resolves.toBe(true);
    await expect(login('\u2168', 'IX')).resolves.toBe(true);
    await expect(login('a\u0007', 'a\u0007')).resolves.toBe(true);
    await expect(login('a\u0007', 'a')).rejects.toThrow(AuthenticationError);
  });
});

/** One whole login of our client with our server. */
async function login(clientPassword: string, serverPassword: string): Promise<boolean> {
  const client = new ScramClient(clientPassword);
  const server = new ScramServer(await scramVerifier(serverPassword, new Uint8Array(16), 10));
  client.verify(server.final(await client.final(server.first(client.first()))));
  return true;
}

describe('channel binding', () => {
  const endPoint = Uint8Array.from({ length: 32 }, (_, at) => at);
  const talk = async (client: ScramClient, server: ScramServer): Promise<void> => {
    client.verify(server.final(await client.final(server.first(client.first()))));
  };
  const verifier = scramVerifier('x', new Uint8Array(16), 10);
  const client = (binding?: ScramBinding): ScramClient => new ScramClient('x', undefined, '', binding);

  it('says in its first message what it can and what it binds to', () => {
    expect(string(client().first())).toMatch(/^n,,n=,r=/);
    expect(string(client({ kind: 'not-offered' }).first())).toMatch(/^y,,n=,r=/);
    expect(string(client({ kind: 'bound', endPoint }).first())).toMatch(/^p=tls-server-end-point,,n=,r=/);
    expect(client().mechanism).toBe('SCRAM-SHA-256');
    expect(client({ kind: 'not-offered' }).mechanism).toBe('SCRAM-SHA-256');
    expect(client({ kind: 'bound', endPoint }).mechanism).toBe('SCRAM-SHA-256-PLUS');
  });

  it('holds when both ends see the same certificate, and breaks when they do not', async () => {
    const server = async (of?: Uint8Array): Promise<ScramServer> =>
      new ScramServer(await verifier, undefined, of);
    await talk(client({ kind: 'bound', endPoint }), await server(endPoint));
    await talk(client({ kind: 'unable' }), await server(endPoint));
    await talk(client({ kind: 'not-offered' }), await server());
    const refusals: readonly [ScramBinding, Uint8Array | undefined][] = [
      [{ kind: 'bound', endPoint: endPoint.toReversed() }, endPoint],
      [{ kind: 'bound', endPoint: endPoint.subarray(0, 31) }, endPoint],
      [{ kind: 'bound', endPoint }, undefined],
      [{ kind: 'not-offered' }, endPoint],
    ];
    for (const [binding, of] of refusals) {
      await expect(talk(client(binding), await server(of))).rejects.toThrow(AuthenticationError);
    }
  });
});

describe('ScramServer', () => {
  it('lets in who knows the password and nobody else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), async (right, other) => {
        await expect(login(right, right)).resolves.toBe(true);
        if (right.normalize('NFKC') !== other.normalize('NFKC')) {
          await expect(login(other, right)).rejects.toThrow(AuthenticationError);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('refuses messages that do not belong together', async () => {
    const verifier = await scramVerifier('x', new Uint8Array(16), 10);
    expect(() => new ScramServer(verifier).first(ascii('p=tls-unique,,n=,r=abc'))).toThrow(
      AuthenticationError,
    );
    expect(() => new ScramServer(verifier).first(ascii(''))).toThrow(AuthenticationError);
    expect(() => new ScramServer(verifier).final(ascii('c=biws,r=,p=AAAA'))).toThrow(AuthenticationError);
    const client = new ScramClient('x');
    const [one, two] = [new ScramServer(verifier), new ScramServer(verifier)];
    const final = await client.final(one.first(client.first()));
    two.first(client.first());
    expect(() => two.final(final)).toThrow(AuthenticationError);
    expect(() => one.final(final)).not.toThrow();
  });
});
