/** Logins played against scripted servers: what came of them, and what the client said. */
import type { ConnectOptions } from '../../../src/index.js';
import type { Certificates } from '../../certificates/certificates.js';
import { startScriptedServer, type Script, type ScriptedServer } from '../../scripted/server.js';
import { attempt, base, type Attempt } from './connecting-to.js';

/** For servers without TLS. */
export const plain = { ...base, host: '127.0.0.1', sslmode: 'disable' } as const;

/** What a server says when the login is through. */
export const accepted = [
  'AuthenticationOk',
  'BackendKeyData processId=1 secretKey=2',
  'ReadyForQuery status="I"',
];

/** What the client has said to a server that it refused at once: no proof, no password. */
export const onlyGreeted = ['StartupMessage'];

export interface Played extends Attempt {
  /** The types of what the client said, but for the request for TLS. */
  readonly said: readonly string[];
}

/** Connects to a server that plays this: in clear, or through TLS where certificates are given. */
export async function play(
  script: string | Script,
  options: ConnectOptions = {},
  secured?: Certificates,
): Promise<Played> {
  const server = await startScriptedServer(script, { tls: secured?.server });
  try {
    const over: ConnectOptions = secured === undefined ? plain : { ...base, sslrootcert: secured.ca };
    const outcome = await attempt({ ...over, port: server.port, ...options });
    return { ...outcome, said: saidTo(server) };
  } finally {
    await server.close();
  }
}

export function saidTo(server: ScriptedServer): string[] {
  return server.connections.flatMap((peer) =>
    peer.messages.map(({ type }) => type as string).filter((type) => type !== 'SSLRequest'),
  );
}

/** A script that begins when the startup packet has come. */
export const started =
  (then: Script): Script =>
  async (peer) => {
    if ((await peer.next('StartupMessage')) !== undefined) await then(peer);
  };
