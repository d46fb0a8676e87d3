/** A client's half of a login, in memory: what the server sent, and answers computed from what the client knows. */
import { digestPassword, md5Password, ScramClient } from '../../../src/protocol/digest.js';
import type { BackendMessage, FrontendMessage } from '../../../src/protocol/messages.js';
import { type LoggedIn, type LoginContext, logIn, type StoredUser } from '../../../src/local/login/login.js';
import type { LoginPeer } from '../../../src/local/login/proof.js';
import { readStartup } from '../../../src/local/login/startup-parameters.js';

export interface Client {
  readonly user?: string;
  readonly database?: string;
  readonly password?: string;
  readonly token?: string;
  /** More startup parameters. */
  readonly startup?: readonly (readonly [string, string])[];
  /** Says this instead of an answer. */
  readonly instead?: FrontendMessage;
}

export const redshiftDriver: readonly (readonly [string, string])[] = [['client_protocol_version', '2']];

export function storedUser(over: Partial<StoredUser> = {}): StoredUser {
  return {
    name: 'alice',
    verifier: `md5${'0'.repeat(32)}`,
    password: 'Secret1!',
    superuser: false,
    expired: false,
    connectionLimit: null,
    ...over,
  };
}

export function contextOf(users: readonly StoredUser[], over: Partial<LoginContext> = {}): LoginContext {
  return {
    settings: { auth: 'auto', ssl: 'allowed', identityProviders: [] },
    encrypted: true,
    clientAddress: '127.0.0.1',
    findUser: async (name) => users.find((user) => user.name === name),
    provideUser: async () => undefined,
    groupExists: async (name) => name === 'readers',
    databaseExists: async (name) => name === 'dev',
    countSessions: () => 0,
    ...over,
  };
}

/** Logs in; `sent` are the server's messages, also when it refuses. */
export async function tryLogin(
  client: Client,
  context: LoginContext,
): Promise<{ sent: BackendMessage[]; outcome: LoggedIn | Error }> {
  const sent: BackendMessage[] = [];
  const peer = new Answering(client, sent);
  try {
    const startup = readStartup([
      ['user', client.user ?? 'alice'],
      ['database', client.database ?? 'dev'],
      ...(client.startup ?? []),
    ]);
    return { sent, outcome: await logIn(startup, peer, context) };
  } catch (error) {
    return { sent, outcome: error as Error };
  }
}

class Answering implements LoginPeer {
  readonly #client: Client;
  readonly #sent: BackendMessage[];
  readonly #scram: ScramClient;

  constructor(client: Client, sent: BackendMessage[]) {
    this.#client = client;
    this.#sent = sent;
    this.#scram = new ScramClient(client.password ?? '');
  }

  send(message: BackendMessage): void {
    this.#sent.push(message);
    if (message.type === 'AuthenticationSASLFinal') this.#scram.verify(message.data);
  }

  async receive(): Promise<FrontendMessage> {
    const { instead, password = '', token = '', user = 'alice' } = this.#client;
    if (instead !== undefined) return instead;
    const asked = this.#sent.at(-1);
    switch (asked?.type) {
      case 'AuthenticationCleartextPassword':
        return { type: 'PasswordMessage', password };
      case 'AuthenticationMD5Password':
        return { type: 'PasswordMessage', password: md5Password(user, password, asked.salt) };
      case 'AuthenticationDigest': {
        const clientNonce = Buffer.from('1700000000000');
        const digest = digestPassword(password, asked.salt, asked.serverNonce, clientNonce);
        return { type: 'DigestResponse', digest, clientNonce };
      }
      case 'AuthenticationIdpToken':
        return { type: 'IdpTokenMessage', token };
      case 'AuthenticationSASL':
        return { type: 'SASLInitialResponse', mechanism: 'SCRAM-SHA-256', data: this.#scram.first() };
      case 'AuthenticationSASLContinue':
        return { type: 'SASLResponse', data: await this.#scram.final(asked.data) };
      default:
        throw new Error(`Nothing was asked: ${String(asked?.type)}`);
    }
  }
}
