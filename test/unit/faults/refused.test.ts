/**
 * Rows C18 and C19 of docs/failures.md: the server's own error wins over whatever comes behind it, parameters that the
 * driver cannot live with end the login, and so does every message that is not expected at its moment.
 */
import type { Socket } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeBackend } from '../../../src/protocol/backend.js';
import type { BackendMessage } from '../../../src/protocol/messages.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import { attempt, inWords, startRawServer } from './connecting-to.js';
import { plain, play, started } from './playing.js';

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});

describe('C18: an error of the server in the login', () => {
  const states: readonly [string, string][] = [
    ['28000', 'AuthenticationError'],
    ['28P01', 'AuthenticationError'],
    ['53300', 'OperationalError'],
    ['57P03', 'OperationalError'],
    ['3D000', 'ProgrammingError'],
  ];
  const fatal = (state: string): Buffer =>
    Buffer.from(
      encodeBackend({ type: 'ErrorResponse', fields: new Map([['S', 'FATAL'], ['C', state], ['M', 'the reason']]) }, 0), // prettier-ignore
    );
  const endings: readonly [string, (socket: Socket, bytes: Buffer) => void][] = [
    ['FIN in the same segment', (socket, bytes) => socket.end(bytes)],
    ['FIN behind it', (socket, bytes) => socket.write(bytes, () => setTimeout(() => socket.end(), 5))],
    ['RST behind it', (socket, bytes) => socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), 5))], // prettier-ignore
    ['RST at once', (socket, bytes) => socket.write(bytes, () => socket.resetAndDestroy())],
    ['silence', (socket, bytes) => socket.write(bytes)],
    ['garbage', (socket, bytes) => socket.write(Buffer.concat([bytes, Buffer.alloc(50, 0xff)]))],
    ['a second error', (socket, bytes) => socket.write(Buffer.concat([bytes, fatal('XX000')]))],
    ['ReadyForQuery', (socket, bytes) => socket.write(Buffer.concat([bytes, Buffer.from('5a0000000549', 'hex')]))], // prettier-ignore
    ['pieces of one byte', (socket, bytes) => {
      const say = (at: number): void => {
        socket.write(bytes.subarray(at, at + 1));
        if (at + 1 < bytes.length) setImmediate(say, at + 1);
        else socket.end();
      };
      say(0);
    }], // prettier-ignore
  ];
  /** What comes before it: the answers to as many messages of the client, none at the first. */
  const moments: readonly [string, readonly (string | BackendMessage)[]][] = [
    ['the startup packet', []],
    ['the password', [{ type: 'AuthenticationMD5Password', salt: new Uint8Array(4) }]],
  ];
  const after: BackendMessage[] = [
    { type: 'AuthenticationOk' },
    { type: 'ParameterStatus', name: 'client_encoding', value: 'UTF8' },
  ];

  it.each(endings)('wins over %s', async (_, ending) => {
    for (const [state, name] of states) {
      for (const [, answers] of moments) {
        for (const greeted of [false, true]) {
          const server = await startRawServer((socket) => {
            let heard = 0;
            socket.on('data', () => {
              const answer = answers[heard++];
              if (answer !== undefined) socket.write(encodeBackend(answer as BackendMessage, 0));
              else if (heard === answers.length + 1) {
                const before = greeted ? after.map((message) => encodeBackend(message, 0)) : [];
                ending(socket, Buffer.concat([...before, fatal(state)]));
              }
            });
          });
          const { error } = await attempt({ ...plain, port: server.port });
          expect(error).toMatchObject({ name, code: state, sqlState: state, message: 'the reason' });
          await server.close();
        }
      }
    }
  });

  it.each(['cut', 'reset'] as const)('wins over %s behind it through TLS', async (how) => {
    const outcome = await play(
      started(async (peer) => {
        await peer.raw(fatal('53300'));
        await peer.wait(5);
        peer[how]();
      }),
      {},
      certificates,
    );
    expect(outcome.error).toMatchObject({ name: 'OperationalError', sqlState: '53300' });
  });

  it('wins in the middle of SCRAM, while the client hashes', async () => {
    const outcome = await play(
      started(async (peer) => {
        await peer.say({ type: 'AuthenticationSASL', mechanisms: ['SCRAM-SHA-256'] });
        const { data } = await peer.expect('SASLInitialResponse');
        const nonce = Buffer.from(data ?? [])
          .toString()
          .split('r=')[1]!;
        await peer.say({
          type: 'AuthenticationSASLContinue',
          data: Buffer.from(`r=${nonce}x,s=QUFBQUFBQUE=,i=50000`),
        });
        await peer.raw(fatal('57P03'));
        await peer.wait(30);
        peer.cut();
      }),
    );
    expect(outcome.error).toMatchObject({ sqlState: '57P03' });
    expect(outcome.said).not.toContain('SASLResponse');
  });

  it('said before the startup packet was read wins too', async () => {
    const server = await startRawServer((socket) => {
      socket.pause();
      socket.end(fatal('53300'));
    });
    const { error } = await attempt({ ...plain, port: server.port });
    expect(error).toMatchObject({ sqlState: '53300' });
    await server.close();
  });
});

describe('C19: a parameter that the driver cannot live with', () => {
  it.each([
    ['client_encoding', 'LATIN1'],
    ['client_encoding', 'SQL_ASCII'],
    ['client_encoding', ''],
    ['client_encoding', 'UTF8\u001b[2J'],
    ['DateStyle', 'German'],
    ['DateStyle', 'SQL, MDY'],
    ['DateStyle', ''],
    ['integer_datetimes', 'off'],
    ['integer_datetimes', ''],
    ['external_database', 'maybe'],
    ['datashare_enabled', '1'],
    ['server_protocol_version', 'two'],
    ['server_protocol_version', '-1'],
    ['server_protocol_version', '2.0'],
    ['server_protocol_version', '99999999999'],
    ['server_protocol_version', ''],
  ])('%s %j is refused by name', async (name, value) => {
    for (const before of [[], [{ type: 'AuthenticationOk' } as const]]) {
      const { error } = await play(
        started(async (peer) => {
          await peer.say(...before, { type: 'ParameterStatus', name, value });
          await peer.silence();
        }),
      );
      expect(error).toMatchObject({ name: 'ProtocolError', message: expect.stringContaining(name) });
      expect(error?.message).toMatch(/^[\x20-\x7e]*$/);
    }
  });

  it.each([
    ['client_encoding', 'UNICODE'],
    ['client_encoding', 'utf-8'],
    ['DateStyle', 'ISO, DMY'],
    ['server_protocol_version', '3'],
    ['a name that nobody knows', 'x'.repeat(60_000)],
    ['__proto__', 'x'],
    ['', ''],
  ])('%s %.10j is taken', async (name, value) => {
    const outcome = await play(
      started(async (peer) => {
        await peer.say({ type: 'AuthenticationOk' }, { type: 'ParameterStatus', name, value });
        await peer.say({ type: 'ReadyForQuery', status: 'I' });
        await peer.rest();
      }),
    );
    expect(inWords(outcome)).toBe('in');
  });
});
