/** One login through a plugin against fakes: what came back, what was asked, and that no secret got out on the way. */
import { expect } from 'vitest';
import { HttpClient } from '../../../../src/aws/http.js';
import type { ProviderContext } from '../../../../src/auth/provider.js';
import { AuthenticationError } from '../../../../src/errors.js';
import { createAuthority } from '../../../../src/local/certificate.js';
import type { FakeHosts } from '../../../fakes/fake-hosts.js';
import type { SeenRequest } from '../../../fakes/https-server.js';
import { providerContext, type GivenOptions } from '../../../fakes/provider-context.js';
import { SecretSearch } from '../../../secret-search.js';

export interface Trial {
  readonly response?: string;
  readonly error?: unknown;
  readonly asked: readonly SeenRequest[];
  readonly lines: readonly string[];
}

export class Trials {
  readonly #plugin: string;
  readonly #run: (context: ProviderContext) => Promise<string>;
  readonly #hosts: FakeHosts;
  readonly #usual: GivenOptions;
  readonly #search: SecretSearch;

  constructor(
    plugin: string,
    run: (context: ProviderContext) => Promise<string>,
    hosts: FakeHosts,
    usual: GivenOptions,
    secrets: Readonly<Record<string, string>>,
  ) {
    this.#plugin = plugin;
    this.#run = run;
    this.#hosts = hosts;
    this.#usual = usual;
    this.#search = new SecretSearch(Object.entries(secrets));
  }

  async logIn(
    given: GivenOptions = {},
    {
      signal,
      insecure = false,
      trusted = true,
    }: { signal?: AbortSignal; insecure?: boolean; trusted?: boolean } = {},
  ): Promise<Trial> {
    const before = this.#hosts.requests.length;
    const ca = trusted ? this.#hosts.ca : (await createAuthority('Other CA')).cert;
    const http = new HttpClient({ ...this.#hosts.settings, ca, insecure });
    const context = providerContext(this.#plugin, { ...this.#usual, ...given }, http, signal);
    const outcome = await this.#run(context).then(
      (response) => ({ response }),
      (error: unknown) => ({ error }),
    );
    if ('error' in outcome) expect(this.#search.inValue(outcome.error, 'the error')).toEqual([]);
    expect(this.#search.inText(context.lines.join('\n'), 'the log')).toEqual([]);
    expect(this.#search.inValue(context, 'the context')).toEqual([]);
    return { ...outcome, asked: this.#hosts.requests.slice(before), lines: context.lines };
  }

  /** A login that has to fail, with an error that names the plugin. */
  async fails(
    given?: GivenOptions,
    how?: Parameters<Trials['logIn']>[1],
  ): Promise<{
    message: string;
    hint: string;
    stage: string | undefined;
    posted: number;
    asked: readonly SeenRequest[];
  }> {
    const { error, asked } = await this.logIn(given, how);
    if (!(error instanceof AuthenticationError)) throw new Error('No AuthenticationError', { cause: error });
    expect(error.plugin).toBe(this.#plugin);
    const { message, hint = '', stage } = error;
    return { message, hint, stage, asked, posted: asked.filter(({ method }) => method === 'POST').length };
  }

  leaksIn(text: string): string[] {
    return this.#search.inText(text, 'the text');
  }
}
