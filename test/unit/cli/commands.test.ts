/** What the command says to its caller, and its exit codes; nothing is started here. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/commands.js';

async function call(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await run(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    stopped: () => Promise.reject(new Error('nothing was to be started')),
  });
  return { code, out, err };
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe('redshift-connector', () => {
  it('tells its commands and its version', async () => {
    for (const args of [['--help'], ['-h'], ['help']]) {
      const { code, out, err } = await call(...args);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('redshift-connector <command>');
      expect(out).toContain('local ');
    }
    expect(await call('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('tells what a command takes', async () => {
    const help = await call('local', '--help');
    expect(help.code).toBe(0);
    for (const flag of [
      'port',
      'host',
      'data',
      'user',
      'password',
      'database',
      'auth',
      'no-ssl',
      'require-ssl',
      'verbose',
      'help',
    ]) {
      expect(help.out).toContain(`--${flag} `);
    }
    expect(await call('help', 'local')).toEqual(help);
    expect(await call('local', '--port', '5', '-h')).toEqual(help);
  });

  it('without a command shows its help as an error', async () => {
    const { code, out, err } = await call();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage:');
  });

  it.each([
    [['foo'], 'unknown command "foo"'],
    [['--foo'], 'unknown option "--foo"'],
    [['local', '--prot', '5'], "unknown option '--prot'"],
    [['local', '--port'], "option '--port <value>' argument missing"],
    [['local', '--port', 'x'], '--port: must be a whole number from 0 to 65535'],
    [['local', '--port', '-1'], '--port'],
    [['local', '--port=70000'], '--port: must be a whole number from 0 to 65535'],
    [['local', '--auth', 'kerberos'], '--auth: must be one of auto, '],
    [['local', '--user='], '--user: must be text'],
    [['local', '--data='], '--data: must be text'],
    [['local', '--host', '0.0.0.0'], '--host: 0.0.0.0 can be reached from other machines'],
    [['local', 'now'], 'unexpected argument "now"'],
    [['local', '--no-ssl', '--require-ssl'], '--no-ssl and --require-ssl exclude each other'],
    [['local', '--no-ssl=yes'], '--no-ssl'],
  ])('%j is refused by name, with exit code 2', async (args, message) => {
    const { code, out, err } = await call(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err).toMatch(/^redshift-connector/);
    expect(err).toMatch(/--help\n$/);
  });

  it('names every flag that is wrong, and shows no password', async () => {
    const { code, err } = await call(
      'local',
      '--user',
      'PUBLIC',
      '--database',
      'template1',
      '--password',
      'Canary1',
    );
    expect(code).toBe(2);
    expect(err).toContain('- --user: ');
    expect(err).toContain('- --database: ');
    expect(err).not.toContain('Canary');
  });
});
