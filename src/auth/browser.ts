/**
 * One login in the user's browser: a loopback port, a page that is opened, and the one answer that belongs to it. All
 * four browser plugins come through here; none of them opens a port or a page by itself.
 */
import { createHash } from 'node:crypto';
import { unlessAborted } from '../aws/unless-aborted.js';
import { Secret } from '../config/secret.js';
import { AuthenticationError } from '../errors.js';
import { BrowserListener, type Judge } from './browser-listener.js';
import type { Door } from './browser-request.js';
import { circumstancesOf } from './circumstances.js';
import { numberOf } from './number-of.js';
import { oneWindow, turnOn } from './one-window.js';
import type { ProviderContext } from './provider.js';

export interface BrowserLogin<T> extends Door {
  /** The name of the loopback address in the redirect URL, as the identity provider knows it. */
  readonly host: 'localhost' | '127.0.0.1';
  /** 0: any free one. */
  readonly port: number;
  /** The page to open; it may have to be asked for (the client's registration). */
  readonly page: (redirectUri: string) => string | Promise<string>;
  readonly judge: (redirectUri: string) => Judge<T>;
}

export interface BrowserAnswer<T> {
  readonly value: T;
  readonly redirectUri: string;
}

/**
 * Opens the page and waits for its answer. However this ends, the port is free afterwards.
 *
 * @throws AuthenticationError of stage `browser` when the port or the browser cannot be had; what `page` and `judge` throw; the signal's reason
 */
export async function askBrowser<T>(
  login: BrowserLogin<T>,
  context: ProviderContext,
): Promise<BrowserAnswer<T>> {
  const { signal, log } = context;
  const leave = await turnOn(login.port, signal);
  let listener: BrowserListener | undefined;
  // Whatever else fails or is given up ends the wait for the answer too.
  const wait = new AbortController();
  try {
    listener = await listen(login, context);
    signal.throwIfAborted();
    const redirectUri = listener.origin + (login.path === '/' ? '' : login.path);
    const answer = listener.receive(login.judge(redirectUri), AbortSignal.any([signal, wait.signal]));
    // It may fail while the page is still being asked for.
    answer.catch(() => undefined);
    const page = await unlessAborted(Promise.resolve(login.page(redirectUri)), signal);
    log('info', `A browser page is opened for the login; its answer is awaited on ${listener.origin}`);
    const opened = context.openBrowser(page, redirectUri);
    // A callback may well return only when its page has been answered, or never.
    const failed = new Promise<never>((_, reject) => {
      opened.catch(reject);
    });
    return { value: await Promise.race([answer, failed]), redirectUri };
  } catch (error) {
    wait.abort(error);
    // Whoever looks for the reason of a timeout begins here: wrong port, wrong redirect, a page that was never opened.
    if (signal.aborted && listener !== undefined) {
      const { origin, ignored } = listener;
      log(
        'warn',
        `The login was given up without an answer on ${origin}; ${String(ignored)} were passed over`,
      );
    }
    throw error;
  } finally {
    listener?.close();
    leave();
  }
}

async function listen(login: BrowserLogin<unknown>, context: ProviderContext): Promise<BrowserListener> {
  const { method, path, host, port } = login;
  try {
    return await BrowserListener.open({
      method,
      path,
      host,
      port,
      log: (line) => {
        context.log('warn', line);
      },
    });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const why =
      code === 'EADDRINUSE'
        ? 'is in use by another program'
        : code === 'EACCES'
          ? 'may not be used by this user'
          : 'cannot be listened on (see cause)';
    throw new AuthenticationError(`The local port ${String(port)} for the browser's answer ${why}`, {
      plugin: context.plugin,
      stage: 'browser',
      hint: 'give another one as listenPort, and register it with the identity provider where that names the port',
      cause,
    });
  }
}

/** Runs a login of a browser plugin so that two with the same options, at the same time, ask the user once. */
export function sharedLogin<T>(
  context: ProviderContext,
  run: (context: ProviderContext) => Promise<T>,
): Promise<T> {
  return oneWindow(keyOf(context), context.signal, (signal) => run({ ...context, signal }));
}

/** A digest, so that no secret lies about as a key. */
function keyOf({ plugin, options, http }: ProviderContext): string {
  const parts = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]: [string, unknown]) => [name, value instanceof Secret ? value.reveal() : value]);
  // One whose certificates are checked never joins one whose are not, nor one that is shown to somebody else.
  const text = JSON.stringify([plugin, parts, circumstancesOf(http)], (_, value: unknown) =>
    typeof value === 'function' ? { function: numberOf(value) } : value,
  );
  return createHash('sha256').update(text).digest('hex');
}
