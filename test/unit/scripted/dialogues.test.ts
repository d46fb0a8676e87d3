/** Every dialogue is had by the driver: what it says is what the dialogue says, and its answers are right. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Connection } from '../../../src/index.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import { startRecorder } from '../../scripted/recorder.js';
import { startScriptedServer } from '../../scripted/server.js';
import { parseTranscript } from '../../scripted/transcript.js';
import type { Fault } from '../../scripted/faults.js';
import { plays, type Open, type Play } from './plays.js';

const folder = new URL('../../fixtures/dialogues/', import.meta.url);
const dialogues = readdirSync(folder)
  .map((file) => file.replace(/\.txt$/, ''))
  .sort();
const read = (name: string): string => readFileSync(new URL(`${name}.txt`, folder), 'utf8');

let made: Certificates;
beforeAll(async () => {
  made = await makeCertificates();
});

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function have(name: string, play: Play, fault?: Fault): Promise<void> {
  const server = await startScriptedServer(read(name), {
    patience: 2000,
    ...(play.tls === true ? { tls: made.server } : {}),
  });
  open.push(server);
  let { port } = server;
  if (fault !== undefined) {
    const proxy = await startRecorder(server, { faults: () => ({ toClient: fault, toServer: fault }) });
    open.push(proxy);
    port = proxy.port;
  }
  const connections: Connection[] = [];
  const dial: Open = async (options = {}) => {
    const connection = await connect({
      host: 'localhost',
      port,
      database: 'dev',
      user: 'alice',
      autocommit: true,
      ...(play.tls === true ? { sslrootcert: made.ca } : { sslmode: 'disable' }),
      ...options,
    });
    connections.push(connection);
    return connection;
  };
  try {
    await play.run(dial, server);
  } catch (error) {
    // What the server saw often tells more than what the driver made of it.
    const seen: unknown = await server.done().catch((reason: unknown) => reason);
    throw new AggregateError([error, seen], `${String(error)}\n${String(seen)}`);
  } finally {
    for (const connection of connections) await connection.close();
  }
  await server.done();
}

it('each dialogue has its play, its source, and can be read', () => {
  expect(Object.keys(plays).sort()).toEqual(dialogues);
  for (const name of dialogues) {
    expect(read(name), name).toMatch(/^# /);
    expect(parseTranscript(read(name)).length).toBeGreaterThan(0);
  }
});

describe('as it stands', () => {
  it.each(dialogues)('%s', async (name) => {
    await have(name, plays[name]!);
  });
});

describe('byte by byte', () => {
  // A result of 20 MB would take minutes; what matters about it is its size.
  it.each(dialogues.filter((name) => name !== 'large-result'))('%s', async (name) => {
    await have(name, plays[name]!, { does: 'split', piece: 1 });
  });
});

describe('in random pieces', () => {
  it.each(dialogues)('%s', async (name) => {
    await have(name, plays[name]!, {
      does: 'shuffle',
      seed: 20_240_229,
      most: name === 'large-result' ? 60_000 : 64,
    });
  });
});
