/**
 * Shows a page to the user: by a function of the caller's, else by the system's opener, else as a line on stderr. The URL
 * is one argument of one program (package `open`, loaded on first use), never part of a shell's line.
 */
import type { ChildProcess } from 'node:child_process';
import { AuthenticationError } from '../errors.js';

/** Opens a page somewhere; what it throws ends the login. */
export type OpenBrowser = (url: string) => unknown;

export interface OpenerSettings {
  /** The caller's; undefined: the system's opener. */
  readonly openBrowser?: OpenBrowser | undefined;
  /** For errors. */
  readonly plugin?: string | undefined;
  readonly log: (level: 'debug' | 'info' | 'warn', line: string) => void;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  readonly print?: (line: string) => void;
  readonly launch?: (url: string) => Promise<ChildProcess>;
}

/** An opener that finds no browser says so within seconds; one that ends later was the browser itself. */
const failsWithin = 10_000;

/**
 * The `openBrowser` of a login; its `answersAt` is the address where the answer is awaited, for the line that is printed where
 * nothing opens pages.
 *
 * @throws AuthenticationError when the URL may not be opened, or the caller's function fails
 */
export function pageOpener(settings: OpenerSettings): (url: string, answersAt?: string) => Promise<void> {
  const {
    openBrowser,
    plugin,
    log,
    env = process.env,
    platform = process.platform,
    launch = launchOpener,
  } = settings;
  const print = settings.print ?? ((line: string): unknown => process.stderr.write(line));
  return async (url, answersAt = 'the listenPort') => {
    const page = checkPage(url, plugin);
    if (openBrowser !== undefined) {
      try {
        await openBrowser(page);
      } catch (cause) {
        throw new AuthenticationError('The function given as openBrowser failed (see cause)', {
          cause,
          plugin,
          stage: 'browser',
        });
      }
      return;
    }
    let told = false;
    const tell = (why: string): void => {
      if (told) return;
      told = true;
      // The page's URL belongs to this one login and is of no use to anybody else, but it never goes to the log.
      log('warn', `No browser could be opened (${why}): the page to log in is printed on stderr`);
      print(
        `redshift-connector: no browser could be opened (${why}). Open this page to log in, in a browser that reaches ${answersAt} of this machine:\n  ${page}\n`,
      );
    };
    const missing = whyNot(env, platform);
    if (missing !== undefined) {
      tell(missing);
      return;
    }
    try {
      const started = performance.now();
      const opener = await launch(page);
      const ended = (code: number | null): void => {
        if (code !== null && code !== 0 && performance.now() - started < failsWithin)
          tell(`the system's opener ended with code ${String(code)}`);
      };
      if (opener.exitCode === null) opener.once('exit', ended);
      else ended(opener.exitCode);
    } catch {
      tell("the system's opener could not be started");
    }
  };
}

/** @returns the URL as the parser writes it: it begins with `https://` and so with no dash, and has no blanks or quotes */
export function checkPage(url: string, plugin?: string): string {
  const problem = (why: string): AuthenticationError =>
    new AuthenticationError(`The page of the login cannot be opened: its URL ${why}`, {
      plugin,
      stage: 'browser',
    });
  if (/[\u0000-\u0020\u007f-\u009f]/.test(url)) throw problem('holds blanks or control characters');
  if (!URL.canParse(url)) throw problem('cannot be read');
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:') throw problem('has to begin with https://');
  if (parsed.username !== '' || parsed.password !== '') throw problem('holds a user name or password');
  // The parser leaves a quote in the query of some schemes; encoded it means the same to the server.
  return parsed.href.replaceAll("'", '%27').replaceAll('`', '%60').replaceAll('|', '%7C');
}

/** Why there is no use in starting an opener; over SSH it would open the page on a screen that nobody looks at. */
function whyNot(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string | undefined {
  const has = (name: string): boolean => (env[name] ?? '') !== '';
  if (platform === 'darwin' || platform === 'win32')
    return has('SSH_CONNECTION') || has('SSH_TTY') ? 'this is an SSH session' : undefined;
  return ['DISPLAY', 'WAYLAND_DISPLAY', 'BROWSER', 'WSL_DISTRO_NAME', 'TERMUX_VERSION'].some(has)
    ? undefined
    : 'there is no display';
}

async function launchOpener(url: string): Promise<ChildProcess> {
  const { default: open } = await import('open');
  return open(url);
}
