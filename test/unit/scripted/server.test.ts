import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import type { Peer } from '../../scripted/peer.js';
import {
  startScriptedServer,
  type Script,
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

async function serve(script: string | Script, options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  const server = await startScriptedServer(script, { patience: 500, ...options });
  open.push(server);
  return server;
}

async function visit(server: ScriptedServer): Promise<PlainClient> {
  const client = await PlainClient.open(server);
  open.push(client);
  return client;
}

const startup = 'StartupMessage user="u" database="d"';

describe('a transcript', () => {
  it('is played message by message, and what it says comes in one piece', async () => {
    const server = await serve(`
      # the usual
      ! login 1
      > Query sql="select 1"
      < RowDescription fields=[{"name":"a","typeOid":23,"schema":"s"}]
      < DataRow values=["1"]
      < CommandComplete tag="SELECT"
      < ReadyForQuery status="I"`);
    const client = await visit(server);
    client.say(startup);
    const login = await client.hear('ReadyForQuery');
    expect(login[0]).toBe('AuthenticationOk');
    expect(login.at(-2)).toBe('BackendKeyData processId=4711 secretKey=815');
    client.chunks.length = 0;
    client.say('Query sql="select 1"');
    expect(await client.hear('ReadyForQuery', 1)).toEqual([
      'RowDescription fields=[{"name":"a","typeOid":23,"schema":"s"}]',
      'DataRow values=["1"]',
      'CommandComplete tag="SELECT"',
      'ReadyForQuery status="I"',
    ]);
    await server.done();
    expect(server.connections[0]?.messages.map((message) => message.type)).toEqual([
      'StartupMessage',
      'Query',
    ]);
    expect(Buffer.from(server.connections[0]?.received ?? []).toString('latin1')).toContain(
      'Q\0\0\0\rselect 1\0',
    );
  });

  it('holds the same value behind a name, whichever it is', async () => {
    const script = `
      > StartupMessage ...
      > Parse statement=$s sql="select $1" parameterOids=*
      > Bind statement=$s values=["1",*,null] ...
      < BindComplete`;
    for (const [name, right] of [
      ['x', true],
      ['y', false],
    ] as const) {
      const server = await serve(script);
      const client = await visit(server);
      client.say(startup, 'Parse statement="x" sql="select $1" parameterOids=[1,2]');
      client.say(`Bind statement="${name}" values=["1","any",null] resultFormats=[1]`);
      if (right) await server.done();
      else await expect(server.done()).rejects.toThrow('statement: $s was "x", it is "y" now');
    }
  });

  it('says in readable words what a client did wrong, and ends the connection', async () => {
    const server = await serve(`
      ! login
      > Bind values=["5",\\x00ff] resultFormats=[1]`);
    const client = await visit(server);
    client.say(startup, 'Bind portal="p" values=["6"] resultFormats=[1]');
    const error = await server.done().then(
      () => '',
      (reason: unknown) => String(reason),
    );
    expect(error).toContain(
      'Line 3: The client was expected to say\n  > Bind values=["5",\\x00ff] resultFormats=[1]',
    );
    expect(error).toContain('but said\n  > Bind portal="p"');
    expect(error).toContain('values: 2 entries were expected, it has 1');
    expect(error).toContain('values[0]: "5" was expected, it is "6"');
    expect(error).toContain('portal: nothing was expected, it is "p"');
    expect(error).toContain('< ReadyForQuery status="I"');
    await client.over();
  });

  it.each([
    ['another message', '> Query sql="a"', ['Sync'], 'a Query was expected, it is a Sync'],
    ['one message more', '> Sync', ['Sync', 'Sync'], undefined],
    ['nonsense', '> Sync', ['CopyData data="x"'], 'a Sync was expected, it is a CopyData'],
  ])('fails when the client says %s', async (_, expected, said, words) => {
    const server = await serve(`> StartupMessage ...\n${expected}`);
    const client = await visit(server);
    client.say(startup, ...said);
    await client.over();
    await expect(server.done()).rejects.toThrow(words ?? 'The client said what nobody expected\n  > Sync');
  });

  it('fails when the client says nothing, leaves too early, or speaks no protocol', async () => {
    const silent = await serve('> StartupMessage ...', { patience: 50 });
    await visit(silent);
    await expect(silent.done()).rejects.toThrow(/not played within 50 ms|said nothing for 50 ms/);
    const left = await serve('> StartupMessage ...\n> Sync');
    const client = await visit(left);
    client.say(startup);
    client.close();
    await expect(left.done()).rejects.toThrow('closed the connection where it was expected to say\n  > Sync');
    const nonsense = await serve('> StartupMessage ...');
    (await visit(nonsense)).raw('GET / HTTP/1.1\r\n\r\n');
    await expect(nonsense.done()).rejects.toThrow('The client spoke nonsense');
  });

  it('takes Terminate, and a client that leaves, for the end of the dialogue', async () => {
    const server = await serve('! login');
    const client = await visit(server);
    client.say(startup);
    await client.hear('ReadyForQuery');
    client.say('Terminate');
    client.close();
    await server.connections[0]?.ended;
    await server.done();
  });

  it('cuts, resets and half-closes', async () => {
    for (const [how, outcome] of [
      ['cut', 'end'],
      ['reset', 'ECONNRESET'],
      ['halfclose', 'end'],
    ] as const) {
      const server = await serve(`> StartupMessage ...\n< AuthenticationOk\n! wait 20\n! ${how}`);
      const client = await visit(server);
      client.say(startup);
      expect(await client.over()).toBe(outcome);
      if (how !== 'reset') expect(client.heard()).toEqual(['AuthenticationOk']);
      await server.done();
    }
  });

  it('listens on after a half-close', async () => {
    const server = await serve('> StartupMessage ...\n! halfclose\n> Sync');
    const client = await PlainClient.open({ ...server });
    open.push(client);
    client.say(startup, 'Sync');
    await server.done();
  });

  it('keeps silent', async () => {
    const server = await serve('> StartupMessage ...\n! silence');
    const client = await visit(server);
    client.say(startup, 'Sync', 'Sync');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.bytes).toHaveLength(0);
    client.close();
    await server.done();
  });

  it('splits what it says, waits, and says bytes as they are', async () => {
    const server = await serve(
      '> StartupMessage ...\n! split 3\n< AuthenticationOk\n! split 0\n! wait 30\n! raw \\x00ff\n! raw "abc"',
    );
    const client = await visit(server);
    client.say(startup);
    await client.until(() => client.bytes.length === 14);
    expect(client.chunks.map((chunk) => chunk.length)).toEqual([3, 3, 3, 5]);
    expect(client.bytes.toString('latin1')).toBe('R\0\0\0\b\0\0\0\0\0\u00ffabc');
  });

  it('says a line many times, at the pace of the client', async () => {
    const server = await serve(
      '> StartupMessage ...\n! repeat 200000\n< DataRow values=["0123456789"]\n< NoData',
    );
    const client = await visit(server);
    client.pause();
    client.say(startup);
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.resume();
    await client.until(() => client.chunks.at(-1)?.at(-5) === 'n'.charCodeAt(0));
    expect(client.bytes.length).toBe(200_000 * 21 + 5);
    await server.done();
  });

  it('plays further connections when they come, and waits for them', async () => {
    const server = await serve(`
      ! login
      > Query sql="slow"
      ! await 2
      < ErrorResponse S="ERROR" C="57014" M="cancelled on user's request"
      < ReadyForQuery status="I"
      ! connection
      > CancelRequest processId=4711 secretKey=815
      ! cut`);
    const client = await visit(server);
    client.say(startup, 'Query sql="slow"');
    await client.hear('ReadyForQuery');
    expect(client.heard().some((line) => line.startsWith('ErrorResponse'))).toBe(false);
    const cancel = await visit(server);
    cancel.say('CancelRequest processId=4711 secretKey=815');
    expect(await cancel.over()).toBe('end');
    await client.hear('ErrorResponse');
    await server.done();
  });

  it('refuses a connection that it does not have', async () => {
    const server = await serve('! login');
    await visit(server);
    const second = await visit(server);
    await second.over();
    await expect(server.done()).rejects.toThrow('connection 2, which the transcript does not have');
  });

  it.each([
    ['Query sql="x"', 'a line begins with'],
    ['> Query sql=', 'a value is expected'],
    ['< Nonsense', 'No message is called'],
    ['< CommandComplete tag=*', 'is no text'],
    ['! jump', 'no directive "jump"'],
    ['! wait soon', 'a number is expected'],
    ['! cut 5', 'cut takes nothing'],
  ])('refuses the line %s', async (line, words) => {
    await expect(startScriptedServer(`# first\n${line}`)).rejects.toThrow(`Line 2 of the transcript`);
    await expect(startScriptedServer(line)).rejects.toThrow(words);
  });
});

describe('TLS', () => {
  it('is there when the client asks for it, or when the transcript does', async () => {
    for (const script of ['! login', '! tls\n! login']) {
      const server = await serve(script, { tls: made.server });
      const client = await visit(server);
      await client.secure(made.ca);
      client.say(startup);
      await client.hear('ReadyForQuery');
      await server.done();
      expect(server.connections[0]?.secured).toBe(true);
      expect(server.connections[0]?.servername).toBe('localhost');
      expect(server.connections[0]?.messages[0]).toEqual({ type: 'SSLRequest' });
    }
  });

  it('is refused without a certificate, and a transcript may answer as it likes', async () => {
    const none = await serve('! login');
    const client = await visit(none);
    client.say('GSSENCRequest');
    await client.until(() => client.bytes.toString() === 'N');
    client.say('SSLRequest');
    await client.until(() => client.bytes.toString() === 'NN');
    client.say(startup);
    await none.done();
    const odd = await serve('> SSLRequest\n! raw "HTTP/1.1 400 Bad Request"\n! cut', { tls: made.server });
    const other = await visit(odd);
    other.say('SSLRequest');
    expect(await other.over()).toBe('end');
    expect(other.bytes.toString()).toContain('HTTP');
  });

  it('cuts and resets under TLS', async () => {
    for (const how of ['cut', 'reset']) {
      const server = await serve(`! login\n! wait 20\n! ${how}`, { tls: made.server });
      const client = await visit(server);
      await client.secure(made.ca);
      client.say(startup);
      expect(await client.over()).toBe(how === 'cut' ? 'end' : 'ECONNRESET');
      await server.done();
    }
  });
});

describe('a function', () => {
  it('decides by what the client says', async () => {
    const seen: string[] = [];
    const server = await serve(async (peer: Peer) => {
      await peer.expect('StartupMessage');
      await peer.say('AuthenticationOk', { type: 'ReadyForQuery', status: 'I' });
      for (let message = await peer.next(); message?.type === 'Query'; message = await peer.next()) {
        seen.push(`${String(peer.index)}: ${message.sql}`);
        await peer.say(`CommandComplete tag="${message.sql}"`, 'ReadyForQuery status="I"');
      }
      await peer.ended;
    });
    const clients = [await visit(server), await visit(server)];
    for (const [at, client] of clients.entries()) {
      client.say(startup, `Query sql="q${String(at)}"`);
      await client.hear(`CommandComplete tag="q${String(at)}"`);
      client.close();
    }
    await server.done();
    expect(seen).toEqual(['1: q0', '2: q1']);
  });

  it('fails with its own error', async () => {
    const server = await serve(() => {
      throw new RangeError('mine');
    });
    await (await visit(server)).over();
    await expect(server.done()).rejects.toThrow('mine');
  });

  it('ends with the server, whatever it waits for', async () => {
    const server = await serve(async (peer) => {
      await peer.expect('StartupMessage');
    });
    const client = await visit(server);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server.close();
    expect(await client.over()).not.toBe('');
    await server.close();
  });
});

describe('with pg as the client', () => {
  async function run(server: ScriptedServer, options: pg.ClientConfig = {}): Promise<unknown> {
    const client = new pg.Client({
      host: server.path === undefined ? server.host : server.path.replace(/\/\.s\.PGSQL\.\d+$/, ''),
      port: server.path === undefined ? server.port : 5432,
      user: 'alice',
      database: 'dev',
      password: 'Secret1!',
      ...options,
    });
    // Without a listener pg ends the process when the connection breaks.
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query('select $1::int as a', [7]);
    await client.end();
    return rows;
  }
  const query = `
    > Parse sql="select $1::int as a"
    > Bind parameterFormats=[0] values=["7"] resultFormats=[0]
    > Describe target="portal"
    > Execute
    > Sync
    < ParseComplete
    < BindComplete
    < RowDescription fields=[{"name":"a","typeOid":23,"typeSize":4}]
    < DataRow values=["7"]
    < CommandComplete tag="SELECT 1"
    < ReadyForQuery status="I"
    > Terminate`;
  const login = (method: string): string => `
    > StartupMessage user="alice" database="dev" ...
    ${method}
    < AuthenticationOk
    < ReadyForQuery status="I"${query}`;

  it.each([
    ['none', ''],
    ['clear text', '< AuthenticationCleartextPassword\n> PasswordMessage password="Secret1!"'],
    [
      'MD5',
      '< AuthenticationMD5Password salt=\\x01020304\n> PasswordMessage password="md557143ffedb4e4ad09e01d3911e2defd2"',
    ],
    ['SCRAM', '! scram "Secret1!"'],
  ])('plays a session with the login %s', async (_, method) => {
    const server = await serve(login(method));
    expect(await run(server)).toEqual([{ a: 7 }]);
    await server.done();
  });

  it('refuses a wrong password in SCRAM', async () => {
    const server = await serve(login('! scram "Secret1!"'));
    await expect(run(server, { password: 'other' })).rejects.toThrow();
    await expect(server.done()).rejects.toThrow('Password authentication failed');
  });

  it('plays a session over TLS', async () => {
    const server = await serve(login('! scram "Secret1!"'), { tls: made.server });
    expect(await run(server, { ssl: { ca: made.ca } })).toEqual([{ a: 7 }]);
    await server.done();
  });

  it('plays a session over a Unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rs-'));
    const server = await serve(login(''), { path: join(folder, '.s.PGSQL.5432') });
    expect(await run(server)).toEqual([{ a: 7 }]);
    await server.done();
    await server.close();
    await rm(folder, { recursive: true });
  });
});
