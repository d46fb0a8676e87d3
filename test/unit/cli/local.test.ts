/** Flags as options, and the lines that say how to connect. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { howToConnect } from '../../../src/cli/how-to-connect.js';
import { readFlags } from '../../../src/cli/local.js';

describe('the flags of local', () => {
  it('are the options of startLocalRedshift', () => {
    expect(readFlags([])).toEqual({});
    expect(
      readFlags([
        ...['--port', '0', '--host=::1', '--data', './d', '--user', 'u', '--password=-p1'],
        ...['--database', 'x', '--auth', 'md5', '--require-ssl'],
      ]),
    ).toEqual({
      port: 0,
      host: '::1',
      dataDirectory: './d',
      user: 'u',
      password: '-p1',
      database: 'x',
      auth: 'md5',
      ssl: 'required',
    });
    expect(readFlags(['--no-ssl'])).toEqual({ ssl: false });
  });
});

const plain = {
  host: '127.0.0.1',
  port: 5439,
  user: 'awsuser',
  password: 'LocalRedshift1',
  database: 'dev',
  sslrootcertFile: '/tmp/x/root.crt',
};

const lineOf = (text: string, client: string): string => {
  const lines = text.split('\n');
  return lines[lines.findIndex((line) => line.startsWith(client)) + 1]!.trim();
};

/** The words that a shell makes of a line. */
const words = (line: string): string[] =>
  execFileSync('sh', ['-c', `for word in ${line}; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

describe('how to connect', () => {
  it('has a line for each client, with the real port, password and certificate', () => {
    const text = howToConnect(plain);
    expect(text).toContain('127.0.0.1:5439');
    for (const client of ['psql:', 'redshift-connector (Node.js):', 'pg:', 'redshift_connector (Python):']) {
      const line = lineOf(text, client);
      expect(line).toContain('5439');
      expect(line).toContain('LocalRedshift1');
      expect(line).toContain('/tmp/x/root.crt');
    }
    expect(words(lineOf(text, 'psql:'))).toEqual([
      'psql',
      'host=127.0.0.1 port=5439 dbname=dev user=awsuser password=LocalRedshift1 sslmode=verify-full sslrootcert=/tmp/x/root.crt',
    ]);
  });

  it('says so where there is no TLS', () => {
    const text = howToConnect({ ...plain, sslrootcertFile: undefined });
    expect(lineOf(text, 'psql:')).toContain('sslmode=disable');
    expect(lineOf(text, 'redshift-connector')).toContain('ssl: false');
    expect(lineOf(text, 'pg:')).toContain('ssl: false');
    expect(lineOf(text, 'redshift_connector')).toContain('ssl=False');
    expect(text).not.toContain('undefined');
  });

  it('names an address that can be reached where the server listens everywhere', () => {
    expect(lineOf(howToConnect({ ...plain, host: '0.0.0.0' }), 'psql:')).toContain('host=127.0.0.1 ');
    expect(lineOf(howToConnect({ ...plain, host: '::' }), 'psql:')).toContain('host=::1 ');
    expect(howToConnect({ ...plain, host: '::1' })).toContain('[::1]:5439');
  });

  it('survives the shell whatever the password is', () => {
    for (const password of [`it's "so" $HOME \`x\` \\ !`, 'a b', '*', "'", '']) {
      const text = howToConnect({ ...plain, password });
      const [program, conninfo = '', ...more] = words(lineOf(text, 'psql:'));
      expect([program, more]).toEqual(['psql', []]);
      const value = /password=('(?:\\.|[^'\\])*'|\S*)/.exec(conninfo)?.[1] ?? '';
      const read = value.startsWith("'") ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
      expect(read).toBe(password);
      const [, , , code = ''] = words(lineOf(text, 'redshift_connector (Python):'));
      expect(code).toContain(`password=${JSON.stringify(password)}`);
    }
  });
});
