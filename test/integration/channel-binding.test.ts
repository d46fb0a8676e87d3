/**
 * Channel binding as a real PostgreSQL does it, with each kind of certificate: what the server accepts is the proof that
 * both sides hash the same bytes. Row C15 of docs/failures.md.
 */
import { createServer, connect as connectSocket, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, RedshiftError, type ConnectOptions } from '../../src/index.js';
import type { KeyKind } from '../../src/local/certificate.js';
import { makeCertificates, type Certificates } from '../certificates/certificates.js';
import { startPostgresql, type TestServer } from './postgresql.js';

const kinds: readonly KeyKind[] = ['P-256', 'P-384', 'RSA', 'Ed25519'];
const servers = new Map<KeyKind, TestServer>();
let certificates: Certificates;

beforeAll(async () => {
  certificates = await makeCertificates();
  for (const kind of kinds) {
    const hba = [
      'host all hashed 127.0.0.1/32 md5',
      'host all plain 127.0.0.1/32 password',
      'host all anybody 127.0.0.1/32 trust',
    ];
    servers.set(kind, await startPostgresql({ tls: certificates.signedWith[kind], hba }));
  }
  const admin = await servers.get('P-256')!.connect({ ...trust('P-256'), autocommit: true });
  await admin.script(`
    set password_encryption to 'md5';
    create role hashed login password 'Hashed 1';
    set password_encryption to 'scram-sha-256';
    create role plain login password 'Plain 1';
    create role anybody login`);
  await admin.close();
});
afterAll(async () => {
  for (const server of servers.values()) await server.stop();
});

const trust = (kind: KeyKind): ConnectOptions => ({ sslrootcert: certificates.signedWith[kind].ca });

async function attempt(kind: KeyKind, options: ConnectOptions): Promise<string> {
  const server = servers.get(kind)!;
  try {
    const conn = await connect(server.options({ ...trust(kind), ...options }));
    const { rows } = await conn.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    await conn.rollback();
    await conn.close();
    return rows[0]?.['ssl'] === true ? 'in' : 'in without TLS';
  } catch (error) {
    if (!(error instanceof RedshiftError)) throw error;
    return `${error.name}: ${error.message}`;
  }
}

describe('C15: PostgreSQL accepts the binding', () => {
  it.each(['P-256', 'P-384', 'RSA'] as const)('to a certificate signed with %s', async (kind) => {
    expect(await attempt(kind, { channelBinding: 'require' })).toBe('in');
    expect(await attempt(kind, { channelBinding: 'prefer' })).toBe('in');
    expect(await attempt(kind, { channelBinding: 'disable' })).toBe('in');
    // Whether the certificate is checked or not: the binding holds by itself.
    expect(
      await attempt(kind, { channelBinding: 'require', sslmode: 'require', sslrootcert: undefined }),
    ).toBe('in');
  });

  it('never to an Ed25519 certificate, which has no hash: require says so, prefer logs in unbound', async () => {
    expect(await attempt('Ed25519', { channelBinding: 'require' })).toMatch(
      /^AuthenticationError: channelBinding 'require': the server's certificate is signed/,
    );
    expect(await attempt('Ed25519', { channelBinding: 'prefer' })).toBe('in');
  });

  it('by no other method: CVE-2025-49146 let these in', async () => {
    for (const [user, password, method] of [
      ['hashed', 'Hashed 1', 'login method md5'],
      ['plain', 'Plain 1', 'login method password'],
      ['anybody', undefined, 'no login at all'],
    ] as const) {
      const over = { host: '127.0.0.1', user, password } as const;
      expect(await attempt('P-256', { ...over, channelBinding: 'require' })).toBe(
        `AuthenticationError: channelBinding 'require' needs SCRAM-SHA-256-PLUS, but the server asks for ${method}`,
      );
      expect(await attempt('P-256', over)).toBe('in');
    }
  });
});

describe('C15: a man in the middle with a certificate of his own', () => {
  let front: Server;
  const open = new Set<Socket>();
  /** Ends TLS with another key, and passes on to the real server what `pass` makes of the client's and the server's bytes. */
  async function between(pass: (fromServer: Buffer) => Buffer): Promise<number> {
    const { engine } = servers.get('P-256')!;
    const other = certificates.signedWith['P-384'];
    const tls = createTlsServer({ cert: other.cert, key: other.key }, (client) => {
      void relay(client, engine.port, pass);
    });
    tls.on('tlsClientError', () => undefined);
    front = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write('S');
        tls.emit('connection', socket);
      });
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    return (front.address() as { port: number }).port;
  }
  async function relay(client: TLSSocket, port: number, pass: (fromServer: Buffer) => Buffer): Promise<void> {
    const plain = connectSocket(port, '127.0.0.1');
    open.add(plain);
    await new Promise((resolve) => plain.once('connect', resolve));
    plain.write(Buffer.from('0000000804d2162f', 'hex'));
    await new Promise((resolve) => plain.once('data', resolve));
    const { connect: connectTls } = await import('node:tls');
    const server = connectTls({ socket: plain, rejectUnauthorized: false });
    for (const [one, two] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => two.destroy());
      one.on('close', () => two.destroy());
    }
    client.on('data', (bytes: Buffer) => server.write(bytes));
    server.on('data', (bytes: Buffer) => client.write(pass(bytes)));
  }
  const attack = async (
    pass: (fromServer: Buffer) => Buffer,
    options: ConnectOptions = {},
  ): Promise<string> => {
    const port = await between(pass);
    try {
      return await attempt('P-256', { port, sslmode: 'require', sslrootcert: undefined, ...options });
    } finally {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => front.close(resolve));
    }
  };

  it('fails at the server, whose certificate is another', async () => {
    expect(await attack((bytes) => bytes)).toMatch(/SCRAM channel binding check failed/);
    // Without binding he gets through: that is what sslmode require does not promise.
    expect(await attack((bytes) => bytes, { channelBinding: 'disable' })).toBe('in');
  });

  it('fails too when he takes the offer of a binding out: the client says that it saw none', async () => {
    const strip = (bytes: Buffer): Buffer => {
      const offer = Buffer.from('SCRAM-SHA-256-PLUS\0');
      const at = bytes.indexOf(offer);
      if (at < 0) return bytes;
      const out = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + offer.length)]);
      const start = bytes.indexOf('R');
      out.writeInt32BE(bytes.readInt32BE(start + 1) - offer.length, start + 1);
      return out;
    };
    expect(await attack(strip)).toMatch(/SCRAM channel binding|does not support|thinks the server does not/i);
    expect(await attack(strip, { channelBinding: 'require' })).toMatch(
      /^AuthenticationError: channelBinding 'require' needs SCRAM-SHA-256-PLUS, but the server asks for the login methods SCRAM-SHA-256$/,
    );
  });
});
