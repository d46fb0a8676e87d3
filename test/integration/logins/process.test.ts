/** A program with a browser login under way: it lives as long as it waits, no longer, and nothing that arrives ends it. */
import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';

/** What it prints, and how it ends: by itself, or not at all. */
async function run(program: string): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, text };
}

const start = `
  import { connect as dial } from 'node:net';
  import { connect } from './src/index.js';
  const held = () => process.getActiveResourcesInfo().filter((kind) => !/Pipe|TTY|FSReq|MessagePort|Immediate/.test(kind)).sort().join(' ');
  const turns = async (count = 50) => { for (let i = 0; i < count; i++) await new Promise(setImmediate); };
  const options = {
    host: '127.0.0.1', port: 1, database: 'dev', proxy: 'http://127.0.0.1:1',
    credentialsProvider: 'BrowserAzureOAuth2CredentialsProvider', idpTenant: 't', clientId: 'c',
  };
  const redirectOf = (url) => new URL(new URL(url).searchParams.get('redirect_uri'));
  process.on('exit', () => console.log('left', held() || 'nothing'));
`;

it('that gives the login up ends', async () => {
  const { code, text } = await run(`${start}
    const stop = new AbortController();
    const ended = connect({ ...options, openBrowser: async () => {
      await turns();
      console.log('waits with', [...new Set(held().split(' '))].join(' '));
      stop.abort();
    } }, { signal: stop.signal }).catch((error) => error.name);
    console.log(await ended);
    await turns();
    console.log('holds', held() || 'nothing');`);
  expect(text.split('\n').filter((line) => line !== '')).toEqual([
    'waits with TCPServerWrap Timeout',
    'AbortError',
    'holds nothing',
    'left nothing',
  ]);
  expect(code).toBe(0);
});

it('whose port is knocked at by all and sundry goes on, and ends when the login does', async () => {
  const { code, text } = await run(`${start}
    const openBrowser = async (url) => {
      const { port } = redirectOf(url);
      const state = new URL(url).searchParams.get('state');
      const say = (text) => new Promise((resolve) => {
        const socket = dial(Number(port), '127.0.0.1').on('error', () => resolve()).on('close', () => resolve());
        socket.on('data', () => undefined);
        socket.write(text);
        setImmediate(resolve);
      });
      await say('');
      await say('\\x16\\x03\\x01\\x00\\xff');
      await say('GET /favicon.ico HTTP/1.1\\r\\nHost: localhost:' + port + '\\r\\n\\r\\n');
      await say('CONNECT x:1 HTTP/1.1\\r\\n\\r\\n');
      await say('POST /redshift/ HTTP/1.1\\r\\nHost: localhost:' + port + '\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n');
      await say('POST /redshift/ HTTP/1.1\\r\\nHost: localhost:' + port + '\\r\\nContent-Type: application/x-www-form-urlencoded\\r\\nContent-Length: 99\\r\\n\\r\\nstate=');
      await turns();
      const body = 'state=' + state + '&code=c0de';
      // A browser that keeps its side open.
      await say('POST /redshift/ HTTP/1.1\\r\\nHost: localhost:' + port + '\\r\\nContent-Type: application/x-www-form-urlencoded\\r\\nContent-Length: ' + body.length + '\\r\\n\\r\\n' + body);
    };
    const error = await connect({ ...options, openBrowser }).catch((error) => error);
    console.log(error.name, error.stage);
    await turns(500);
    console.log('holds', held() || 'nothing');`);
  expect(text.split('\n').filter((line) => line !== '')).toEqual([
    'AuthenticationError identity provider',
    'holds nothing',
    'left nothing',
  ]);
  expect(code).toBe(0);
});
