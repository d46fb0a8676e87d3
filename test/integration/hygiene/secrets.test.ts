/** Promise P7 for a process as a whole: with Node's own debug output on, and an error that nobody catches. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startScriptedServer } from '../../scripted/server.js';
import { SecretSearch } from '../../secret-search.js';
import { plantedSecrets } from '../../secrets.js';
import { runProgram } from './child.js';

const password = plantedSecrets().get('password')!;
const { NODE_DEBUG: before } = process.env;

beforeEach(() => {
  process.env['NODE_DEBUG'] = 'net,tls,stream,timer';
});
afterEach(() => {
  if (before === undefined) delete process.env['NODE_DEBUG'];
  else process.env['NODE_DEBUG'] = before;
});

const login = `> StartupMessage ...\n! digest ${JSON.stringify(password)}`;
const ready =
  '< AuthenticationOk\n< BackendKeyData processId=7 secretKey=1985229328\n< ReadyForQuery status="I"';

describe('what a process prints', () => {
  it.each([
    [
      'when the login is refused',
      `${login}\n< ErrorResponse S="FATAL" C="28000" M="refused"\n! cut`,
      'refused',
    ],
    ['when the connection is lost', `${login}\n${ready}\n> Parse ...\n! cut`, 'was lost'],
  ])('has no secret in it %s', async (_, script, told) => {
    const server = await startScriptedServer(script, { patience: 20_000 });
    const parts = [password.slice(0, 9), password.slice(9)];
    const ended = await runProgram('failing-login', { port: server.port, parts });
    await server.close();
    const search = new SecretSearch([['password', password]]);
    search.plantNumber('the cancel key', 1985229328);
    for (const { messages } of server.connections) {
      for (const message of messages) {
        if (message.type === 'DigestResponse') search.plant('the digest', message.digest);
      }
    }
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain(told);
    expect(ended.stderr).toMatch(/NET \d+/);
    expect(search.inText(ended.stdout + ended.stderr, 'the output')).toEqual([]);
  });
});
