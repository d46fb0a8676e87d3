/**
 * Rows C17 and O1 of docs/failures.md in the login: every message that a server can say, at every moment between the
 * startup packet and the first ReadyForQuery. What the table does not name is refused; nothing is ever passed over silently.
 */
import { describe, expect, it } from 'vitest';
import type { BackendMessage } from '../../../src/protocol/messages.js';
import { ScramServer, scramVerifier } from '../../../src/protocol/scram-server.js';
import type { Peer } from '../../scripted/peer.js';
import { secrets } from './connecting-to.js';
import { play, started } from './playing.js';

const nothing = new Uint8Array();
const fatal = (state: string): BackendMessage => ({
  type: 'ErrorResponse',
  fields: new Map([
    ['S', 'FATAL'],
    ['C', state],
    ['M', 'the end'],
  ]),
});

const every: Readonly<Record<BackendMessage['type'], BackendMessage>> = {
  AuthenticationOk: { type: 'AuthenticationOk' },
  AuthenticationCleartextPassword: { type: 'AuthenticationCleartextPassword' },
  AuthenticationMD5Password: { type: 'AuthenticationMD5Password', salt: new Uint8Array(4) },
  AuthenticationSASL: { type: 'AuthenticationSASL', mechanisms: ['SCRAM-SHA-256'] },
  AuthenticationSASLContinue: { type: 'AuthenticationSASLContinue', data: Buffer.from('r=x,s=AAAA,i=1') },
  AuthenticationSASLFinal: { type: 'AuthenticationSASLFinal', data: Buffer.from('v=AAAA') },
  AuthenticationDigest: {
    type: 'AuthenticationDigest',
    algorithm: 0,
    salt: new Uint8Array(32),
    serverNonce: new Uint8Array(32),
  },
  AuthenticationIdpToken: { type: 'AuthenticationIdpToken' },
  AuthenticationOther: { type: 'AuthenticationOther', code: 7, data: nothing },
  ParameterStatus: { type: 'ParameterStatus', name: 'session_authorization', value: 'u' },
  BackendKeyData: { type: 'BackendKeyData', processId: 1, secretKey: 2 },
  ReadyForQuery: { type: 'ReadyForQuery', status: 'I' },
  ParseComplete: { type: 'ParseComplete' },
  BindComplete: { type: 'BindComplete' },
  CloseComplete: { type: 'CloseComplete' },
  NoData: { type: 'NoData' },
  PortalSuspended: { type: 'PortalSuspended' },
  EmptyQueryResponse: { type: 'EmptyQueryResponse' },
  ParameterDescription: { type: 'ParameterDescription', typeOids: [] },
  RowDescription: { type: 'RowDescription', fields: [] },
  DataRow: { type: 'DataRow', values: [] },
  CommandComplete: { type: 'CommandComplete', tag: 'SELECT' },
  ErrorResponse: fatal('57P03'),
  NoticeResponse: { type: 'NoticeResponse', fields: new Map([['M', 'by the way']]) },
  NotificationResponse: { type: 'NotificationResponse', processId: 1, channel: 'c', payload: 'p' },
  CopyInResponse: { type: 'CopyInResponse', format: 0, columnFormats: [] },
  CopyOutResponse: { type: 'CopyOutResponse', format: 0, columnFormats: [] },
  CopyBothResponse: { type: 'CopyBothResponse', format: 0, columnFormats: [] },
  CopyData: { type: 'CopyData', data: nothing },
  CopyDone: { type: 'CopyDone' },
  NegotiateProtocolVersion: { type: 'NegotiateProtocolVersion', minor: 0, options: [] },
  CompressionAcknowledge: { type: 'CompressionAcknowledge', data: nothing },
  CompressionSet: { type: 'CompressionSet', data: nothing },
  CompressedData: { type: 'CompressedData', data: nothing },
};

/** Brings the login to a moment, and says these messages there, in one write with what led to it where that can be. */
type Reach = (peer: Peer, then: readonly BackendMessage[]) => Promise<void>;

const scram =
  (moment: 'asked' | 'challenged' | 'proven' | 'verified'): Reach =>
  async (peer, then) => {
    const server = new ScramServer(await scramVerifier(secrets.password, new Uint8Array(16), 10));
    await peer.say(every.AuthenticationSASL);
    const { data } = await peer.expect('SASLInitialResponse');
    if (moment === 'asked') return peer.say(...then);
    const challenge = { type: 'AuthenticationSASLContinue', data: server.first(data ?? nothing) } as const;
    if (moment === 'challenged') return peer.say(challenge, ...then);
    await peer.say(challenge);
    const proof = await peer.expect('SASLResponse');
    if (moment === 'proven') return peer.say(...then);
    return peer.say({ type: 'AuthenticationSASLFinal', data: server.final(proof.data) }, ...then);
  };

/** What may come at any time: handled without a word. */
const anyTime = ['ParameterStatus', 'NoticeResponse', 'NotificationResponse'] as const;

/** The moments of a login, and what may come there beside an error and what may come at any time. */
const moments: readonly [string, Reach, readonly BackendMessage['type'][]][] = [
  [
    'behind the startup packet',
    (peer, then) => peer.say(...then),
    [
      'NegotiateProtocolVersion',
      'AuthenticationOk',
      'AuthenticationMD5Password',
      'AuthenticationSASL',
      'AuthenticationDigest',
    ],
  ],
  // What is wrong in it is found a moment later (row C14); here the error behind it comes first.
  ['behind SASLInitialResponse', scram('asked'), ['AuthenticationSASLContinue']],
  ['while the client hashes', scram('challenged'), []],
  ['behind the proof', scram('proven'), []],
  ['behind server-final', scram('verified'), ['AuthenticationOk']],
  [
    'behind the password',
    async (peer, then) => {
      await peer.say(every.AuthenticationMD5Password);
      await peer.expect('PasswordMessage');
      await peer.say(...then);
    },
    ['AuthenticationOk'],
  ],
  [
    'behind AuthenticationOk',
    (peer, then) => peer.say(every.AuthenticationOk, ...then),
    ['BackendKeyData', 'ReadyForQuery'],
  ],
  [
    'behind BackendKeyData',
    (peer, then) => peer.say(every.AuthenticationOk, every.BackendKeyData, ...then),
    ['ReadyForQuery'],
  ],
];

describe('C17: a message at the wrong moment of the login', () => {
  it.each(moments)('%s: what is not expected ends it', async (_, reach, expected) => {
    for (const [type, message] of Object.entries(every) as [BackendMessage['type'], BackendMessage][]) {
      // Behind what was passed over an error comes that says so.
      const then =
        type === 'ReadyForQuery' && expected.includes(type) ? [message] : [message, fatal('99999')];
      const { error } = await play(
        started(async (peer) => {
          await reach(peer, then);
          await peer.rest();
        }),
      );
      const outcome = error === undefined ? 'in' : (error.sqlState ?? error.name);
      if (type === 'ErrorResponse') expect(outcome, type).toBe('57P03');
      else if (!expected.includes(type) && !(anyTime as readonly string[]).includes(type)) {
        expect(outcome, type).toMatch(/^(ProtocolError|AuthenticationError|NotSupportedError)$/);
      } else expect(outcome, type).toBe(type === 'ReadyForQuery' ? 'in' : '99999');
    }
  });

  it('AuthenticationOk twice, BackendKeyData twice, and a second question are refused', async () => {
    const { AuthenticationOk: ok, BackendKeyData: key, AuthenticationMD5Password: md5 } = every;
    for (const said of [
      [ok, ok],
      [ok, key, key],
      [md5, md5],
      [md5, ok, md5],
      [ok, md5],
    ]) {
      // prettier-ignore
      const { error } = await play(
        started(async (peer) => {
          await peer.say(...said, every.ReadyForQuery);
          await peer.silence();
        }),
      );
      expect(error?.name).toBe('ProtocolError');
    }
  });
});
