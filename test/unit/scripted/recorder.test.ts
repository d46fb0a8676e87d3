import pg from 'pg';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import type { Fault } from '../../scripted/faults.js';
import { startRecorder, type Recorder, type RecorderOptions } from '../../scripted/recorder.js';
import {
  startScriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
} from '../../scripted/server.js';
import { PlainClient } from './client.js';

let made: Certificates;
beforeAll(async () => {
  made = await makeCertificates();
});

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const dialogue = `
! login 1
> Query sql="select 1"
< RowDescription fields=[{"name":"a","typeOid":23,"schema":"s"}]
< DataRow values=["1"]
< CommandComplete tag="SELECT"
< ReadyForQuery status="I"`;

async function between(
  script: string,
  options: RecorderOptions = {},
  serverOptions: ScriptedServerOptions = {},
): Promise<{ server: ScriptedServer; recorder: Recorder }> {
  const server = await startScriptedServer(script, { patience: 500, ...serverOptions });
  const recorder = await startRecorder(server, options);
  open.push(server, recorder);
  return { server, recorder };
}

async function visit(recorder: Recorder): Promise<PlainClient> {
  const client = await PlainClient.open(recorder);
  open.push(client);
  return client;
}

const startup = 'StartupMessage user="u" database="d"';

async function talk(client: PlainClient): Promise<string[]> {
  client.say(startup);
  await client.hear('ReadyForQuery');
  client.chunks.length = 0;
  client.say('Query sql="select 1"');
  return client.hear('ReadyForQuery', 1);
}

describe('a recording', () => {
  it('is a transcript that plays the same dialogue again', async () => {
    const first = await between(dialogue);
    const heard = await talk(await visit(first.recorder));
    const transcript = first.recorder.transcript();
    expect(transcript.split('\n').filter((line) => line.startsWith('>'))).toEqual([
      '> StartupMessage user="u" database="d"',
      '> Query sql="select 1"',
    ]);
    const again = await between(transcript);
    expect(await talk(await visit(again.recorder))).toEqual(heard);
    expect(again.recorder.transcript()).toBe(transcript);
    await again.server.done();
  });

  it('keeps the secrets of the client, unless it is told not to', async () => {
    const script =
      '> StartupMessage ...\n< AuthenticationCleartextPassword\n> PasswordMessage password="planted"\n< AuthenticationOk';
    for (const secrets of [false, true]) {
      const { recorder } = await between(script, { secrets });
      const client = await visit(recorder);
      client.say(startup, 'PasswordMessage password="planted"');
      await client.hear('AuthenticationOk');
      expect(recorder.transcript().includes('planted')).toBe(secrets);
      if (!secrets) expect(recorder.transcript()).toContain('> PasswordMessage password=*');
    }
  });

  it('has each connection, and how it ended', async () => {
    const { recorder } = await between(
      `${dialogue}\n! connection\n> CancelRequest processId=4711 secretKey=815\n! cut`,
    );
    await talk(await visit(recorder));
    const cancel = await visit(recorder);
    cancel.say('CancelRequest processId=4711 secretKey=815');
    expect(await cancel.over()).toBe('end');
    recorder.connections[0]?.cut('fin');
    expect(recorder.transcript()).toMatch(
      /ReadyForQuery status="I"\n! cut\n! connection\n> CancelRequest processId=4711 secretKey=\*$/,
    );
  });

  it('reads the dialogue of pg, every login of it', async () => {
    for (const method of [
      '< AuthenticationMD5Password salt=\\x01020304\n> PasswordMessage password=*',
      '! scram "Secret1!"',
    ]) {
      const { recorder, server } = await between(`> StartupMessage ...\n${method}\n< AuthenticationOk
        < ReadyForQuery status="I"\n> Query sql=""\n< EmptyQueryResponse\n< ReadyForQuery status="I"`);
      const client = new pg.Client({ ...recorder, user: 'alice', password: 'Secret1!' });
      await client.connect();
      await client.query('');
      await client.end();
      await server.done();
      expect(recorder.transcript()).toContain(
        '< EmptyQueryResponse\n< ReadyForQuery status="I"\n> Terminate',
      );
      expect(recorder.transcript()).not.toContain('Not written down');
    }
  });

  it('lets TLS pass unread, or ends it', async () => {
    const through = await between(dialogue, {}, { tls: made.server });
    const client = await visit(through.recorder);
    await client.secure(made.ca);
    await talk(client);
    expect(through.recorder.transcript()).toMatch(/^> SSLRequest\n! raw "S"\n# Not written down/);
    const ended = await between(dialogue, { tls: made.server });
    const other = await visit(ended.recorder);
    await other.secure(made.ca);
    await talk(other);
    expect(ended.recorder.transcript()).toMatch(/^! tls\n> StartupMessage/);
    const plain = await between(dialogue, { tls: made.server });
    await talk(await visit(plain.recorder));
  });
});

describe('faults', () => {
  const to = (fault: Fault): RecorderOptions => ({ faults: () => ({ toClient: fault, toServer: fault }) });

  it.each<Fault>([
    { does: 'pass' },
    { does: 'split', piece: 1 },
    { does: 'split', piece: 7 },
    { does: 'shuffle', seed: 42 },
    { does: 'delay', milliseconds: 10 },
  ])('$does changes nothing of what is said', async (fault) => {
    const { recorder, server } = await between(dialogue, to(fault));
    const client = await visit(recorder);
    expect(await talk(client)).toHaveLength(4);
    await server.done();
    if (fault.does === 'split') expect(client.chunks.length).toBeGreaterThan(1);
  });

  it('cuts after a byte, in either direction', async () => {
    for (const how of ['fin', 'rst'] as const) {
      const { recorder } = await between(dialogue, {
        faults: () => ({ toClient: { does: 'cut', at: 5, how } }),
      });
      const client = await visit(recorder);
      client.say(startup);
      // Bytes that come together with an RST may be read before it.
      expect(await client.over()).toBe(how === 'fin' || client.bytes.length > 0 ? 'end' : 'ECONNRESET');
      expect(client.bytes.length).toBeLessThanOrEqual(5);
    }
    const { recorder, server } = await between(dialogue, {
      faults: () => ({ toServer: { does: 'cut', at: 10, how: 'fin' } }),
    });
    const client = await visit(recorder);
    client.say(startup);
    expect(await client.over()).toBe('end');
    await server.connections[0]?.ended;
    expect(server.connections[0]?.received).toHaveLength(10);
  });

  it('swallows from a byte on, and nobody is told', async () => {
    const { recorder } = await between(dialogue, {
      faults: () => ({ toClient: { does: 'swallow', from: 9 } }),
    });
    const client = await visit(recorder);
    client.say(startup);
    await client.hear('AuthenticationOk');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.bytes).toHaveLength(9);
    expect(client.outcome).toBe('');
  });

  it('corrupts a byte', async () => {
    const { recorder } = await between(dialogue, {
      faults: () => ({ toClient: { does: 'corrupt', at: 0 } }),
    });
    const client = await visit(recorder);
    client.say(startup);
    await client.until(() => client.bytes.length > 9);
    expect(client.bytes[0]).toBe('R'.charCodeAt(0) ^ 0xff);
  });

  it('may befall one connection and not the others', async () => {
    const { recorder } = await between(`${dialogue}\n! connection\n${dialogue}`, {
      faults: (connection) => (connection === 1 ? { toClient: { does: 'swallow', from: 0 } } : {}),
    });
    const first = await visit(recorder);
    first.say(startup);
    expect(await talk(await visit(recorder))).toHaveLength(4);
    expect(first.bytes).toHaveLength(0);
  });

  it('may be begun at any moment', async () => {
    const { recorder } = await between(dialogue);
    const client = await visit(recorder);
    client.say(startup);
    await client.hear('ReadyForQuery');
    recorder.connections[0]?.stall();
    const before = client.bytes.length;
    client.say('Query sql="select 1"');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.bytes).toHaveLength(before);
    recorder.connections[0]?.cut('rst');
    expect(await client.over()).toBe('ECONNRESET');
  });

  it('carries the pace of a slow client over to the server', async () => {
    const { recorder } = await between(
      `> StartupMessage ...\n! repeat 2000000\n< DataRow values=["0123456789"]`,
      {},
    );
    const client = await visit(recorder);
    client.pause();
    client.say(startup);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(recorder.connections[0]?.fromServer).toBeLessThan(20_000_000);
  });
});
