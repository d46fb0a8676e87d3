/** Who is shown a login page, and how: never through a shell, never silently not at all. */
import { EventEmitter } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPage, pageOpener, type OpenerSettings } from '../../../src/auth/open-browser.js';

const page = 'https://login.example/authorize?state=abc&x=1';

class Opener extends EventEmitter {
  exitCode: number | null = null;
}

function trial(settings: Partial<OpenerSettings> = {}) {
  const launched: string[] = [];
  const printed: string[] = [];
  const logged: string[] = [];
  const process = new Opener();
  const open = pageOpener({
    env: { DISPLAY: ':0' },
    platform: 'linux',
    log: (level, line) => logged.push(`${level} ${line}`),
    print: (line) => printed.push(line),
    launch: async (url) => {
      launched.push(url);
      return process as unknown as ChildProcess;
    },
    ...settings,
  });
  return { open, launched, printed, logged, process };
}

describe('checkPage', () => {
  it.each([
    ['http', 'http://login.example/'],
    ['a file', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'],
    ['an option of the opener', '--new-window'],
    ['a user name', 'https://user@login.example/'],
    ['a password', 'https://user:CANARY-pw@login.example/'],
    ['no host', 'https://'],
    ['nothing', ''],
    ['a blank', 'https://login.example/ --flag'],
    ['a blank in front', ' https://login.example/'],
    ['a line feed', 'https://login.example/\n'],
    ['a NUL', 'https://login.example/\0'],
    ['an escape', 'https://login.example/\u001b[2J'],
    ['a C1 control', 'https://login.example/\u009b2J'],
  ])('refuses %s, and does not repeat it', (_, url) => {
    let error: unknown;
    try {
      checkPage(url);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ name: 'AuthenticationError', stage: 'browser' });
    expect(String(error)).not.toContain('CANARY');
  });

  it('gives one argument that begins with https:// and has no blank, quote or control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (tail) => {
        let checked: string;
        try {
          checked = checkPage(`https://login.example/${tail}`);
        } catch {
          return;
        }
        expect(checked).toMatch(/^https:\/\/[\x21-\x7e]+$/);
        expect(checked).not.toMatch(/['"`<>|]/);
      }),
    );
  });
});

describe('pageOpener', () => {
  it('starts the opener with the URL as its one argument, and prints nothing', async () => {
    const { open, launched, printed } = trial();
    await open(page);
    expect(launched).toEqual([page]);
    expect(printed).toEqual([]);
  });

  it("asks the caller's function instead, also where there is no display", async () => {
    const given: string[] = [];
    const { open, launched, printed } = trial({ env: {}, openBrowser: (url) => given.push(url) });
    await open(page);
    expect([given, launched, printed]).toEqual([[page], [], []]);
  });

  it("checks the URL before the caller's function sees it", async () => {
    const given: string[] = [];
    const { open } = trial({ openBrowser: (url) => given.push(url) });
    await expect(open('http://login.example/')).rejects.toMatchObject({ stage: 'browser' });
    expect(given).toEqual([]);
  });

  it("keeps what the caller's function throws as cause", async () => {
    const cause = new Error('no phone');
    const { open } = trial({ plugin: 'P', openBrowser: () => Promise.reject(cause) });
    await expect(open(page)).rejects.toMatchObject({
      name: 'AuthenticationError',
      stage: 'browser',
      plugin: 'P',
      cause,
    });
  });

  it.each<[string, Partial<OpenerSettings>]>([
    ['in a container or another machine without a display', { env: {} }],
    ['with an empty DISPLAY', { env: { DISPLAY: '' } }],
    ['over SSH to macOS', { platform: 'darwin', env: { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' } }],
    ['when the opener is missing', { launch: () => Promise.reject(new Error('spawn xdg-open ENOENT')) }],
  ])('prints the URL once on stderr %s, and goes on', async (_, settings) => {
    const { open, printed, logged } = trial(settings);
    await open(page);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toContain(`\n  ${page}\n`);
    // The log is no place for it.
    expect(logged.join()).not.toContain('login.example');
    expect(logged).toEqual([expect.stringMatching(/^warn No browser could be opened/)]);
  });

  it('prints the URL when the opener finds no browser (xdg-open ends with code 3), once', async () => {
    const { open, printed, process } = trial();
    await open(page);
    expect(printed).toEqual([]);
    process.emit('exit', 3);
    process.emit('exit', 3);
    expect(printed).toHaveLength(1);
  });

  it('prints the URL when the opener has failed already (PowerShell)', async () => {
    const { open, printed, process } = trial({ platform: 'win32', env: {} });
    process.exitCode = 1;
    await open(page);
    expect(printed).toHaveLength(1);
  });

  it('prints nothing when the opener ends well, or is killed', async () => {
    const { open, printed, process } = trial();
    await open(page);
    process.emit('exit', 0);
    process.emit('exit', null);
    expect(printed).toEqual([]);
  });
});
