/** Lets the driver have a dialogue, with or without harm on the way. */
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Connection } from '../../../src/index.js';
import type { Certificates } from '../../certificates/certificates.js';
import type { Fault } from '../../scripted/faults.js';
import { startRecorder } from '../../scripted/recorder.js';
import { startScriptedServer } from '../../scripted/server.js';
import type { Open } from './play.js';
import { plays } from './plays.js';

const folder = new URL('../../fixtures/dialogues/', import.meta.url);

export const dialogues: readonly string[] = readdirSync(folder)
  .map((file) => file.replace(/\.txt$/, ''))
  .sort();

export function readDialogue(name: string): string {
  return readFileSync(new URL(`${name}.txt`, folder), 'utf8');
}

export interface Harm {
  /** Done to the first connection only. */
  readonly toClient?: Fault;
  readonly toServer?: Fault;
}

export interface Had {
  /** What the play threw, if it did. */
  readonly error: unknown;
  /** What the server says the client did wrong; not asked for when the dialogue was cut off. */
  readonly complaint: string;
  /** Bytes that the server said on the first connection. */
  readonly bytes: number;
  /** Milliseconds from the beginning until all connections of the driver were closed. */
  readonly took: number;
}

export async function have(name: string, made: Certificates, harm?: Harm): Promise<Had> {
  const play = plays[name]!;
  const tls = play.tls === true;
  const server = await startScriptedServer(readDialogue(name), {
    patience: 2000,
    ...(tls ? { tls: made.server } : {}),
  });
  const proxy = await startRecorder(server, { faults: (index) => (index === 1 ? (harm ?? {}) : {}) });
  const connections: Connection[] = [];
  const dial: Open = async (options = {}) => {
    const connection = await connect({
      host: 'localhost',
      port: harm === undefined ? server.port : proxy.port,
      database: 'dev',
      user: 'alice',
      autocommit: true,
      closeTimeout: 1,
      ...(tls ? { sslrootcert: made.ca } : { sslmode: 'disable' }),
      ...options,
    });
    connections.push(connection);
    return connection;
  };
  const started = performance.now();
  const error = await play.run(dial, server).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  for (const connection of connections) await connection.close();
  const took = performance.now() - started;
  const complaint =
    harm?.toClient?.does === 'cut'
      ? ''
      : await server.done().then(
          () => '',
          (reason: unknown) => String(reason),
        );
  const bytes = proxy.connections[0]?.fromServer ?? 0;
  await proxy.close();
  await server.close();
  return { error, complaint, bytes, took };
}
