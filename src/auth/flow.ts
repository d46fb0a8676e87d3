/** What a login talks with: one HTTPS client, a browser, a log, and one clock over all of it. */
import { readFile } from 'node:fs/promises';
import { HttpClient } from '../aws/http.js';
import type { FlowConfig } from '../config/login-config.js';
import { ArgumentError, TimeoutError } from '../errors.js';
import type { Logger } from '../trace.js';
import type { CredentialsStore } from './cache.js';
import { noteCircumstances } from './circumstances.js';
import { numberOf } from './number-of.js';
import { pageOpener } from './open-browser.js';
import { Progress } from './progress.js';
import type { ProviderContext } from './provider.js';

/** All that a provider is given but its own options. */
export interface Flow {
  readonly http: HttpClient;
  readonly log: ProviderContext['log'];
  readonly progress: Progress;
  /** @param plugin for errors */
  openBrowser(plugin: string): ProviderContext['openBrowser'];
}

/** @throws ArgumentError for a proxy or a certificate that cannot be read */
export async function startFlow(
  config: FlowConfig,
  logger: Logger | undefined,
  progress = new Progress(),
): Promise<Flow> {
  const { sslInsecure: insecure } = config;
  const proxy = await config.proxy?.read();
  const ca = await readRoots(config.httpsCa);
  const http = new HttpClient({
    proxy,
    env: config.env(),
    ca,
    insecure,
    onAsk: (stage, whom) => {
      progress.waitsFor(stage, whom);
    },
  });
  noteCircumstances(http, [proxy, ca, insecure, numberOf(config.openBrowser)]);
  const log = logTo(logger);
  return {
    http,
    log,
    progress,
    openBrowser: (plugin) => {
      const open = pageOpener({ openBrowser: config.openBrowser, plugin, log });
      return (url, answersAt) => {
        // A provider that sends the browser elsewhere is how these logins mostly end without an answer.
        const where = answersAt === undefined ? '' : ` on ${answersAt}`;
        progress.waitsFor('browser', `the browser's answer${where}`);
        return open(url, answersAt);
      };
    },
  };
}

export function logTo(logger: Logger | undefined): ProviderContext['log'] {
  return (level, line) => {
    logger?.[level](line);
  };
}

async function readRoots(given: string | undefined): Promise<string | undefined> {
  if (given === undefined || given.includes('-----BEGIN')) return given;
  try {
    return await readFile(given, 'utf8');
  } catch (cause) {
    const { code = 'see cause' } = cause as NodeJS.ErrnoException;
    throw new ArgumentError(`Option httpsCa: the file cannot be read (${code})`, { cause });
  }
}

/** The store that was handed in as `credentialsCache`; undefined: none. */
export function storeOf({ cache }: FlowConfig): CredentialsStore | undefined {
  if (typeof cache !== 'object') return undefined;
  const store = cache as CredentialsStore;
  for (const name of ['get', 'set', 'delete'] as const) {
    if (typeof (store[name] as unknown) !== 'function')
      throw new ArgumentError(
        'Option credentialsCache: must be an object with the functions get, set and delete',
      );
  }
  return store;
}

/** Runs a login under one clock: `authTimeout` over every phase, and the caller's signal. */
export async function withinAuthTimeout<T>(
  { authTimeout }: FlowConfig,
  signal: AbortSignal,
  work: (signal: AbortSignal, progress: Progress) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const progress = new Progress();
  const clock = new AbortController();
  const timer = setTimeout(() => {
    clock.abort(
      new TimeoutError(
        `No login within authTimeout (${String(authTimeout)} seconds): identity provider and AWS together`,
        { phase: 'connect' },
      ),
    );
  }, authTimeout * 1000);
  const stop = (): void => {
    clock.abort(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await work(clock.signal, progress);
  } catch (error) {
    // Whatever the abort looked like to whoever was asked, its reason is why the login ended.
    if (clock.signal.aborted) throw progress.endedBy(clock.signal.reason);
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
