/** What a credentials provider is given, for tests that call one directly; keeps the lines of its log. */
import { Secret, type SecretSource } from '../../src/config/secret.js';
import type { HttpClient } from '../../src/aws/http.js';
import type { PluginOptions, ProviderContext } from '../../src/auth/provider.js';

/** Options as a user writes them: what the table calls a secret is text or a function here. */
export interface GivenOptions extends Omit<PluginOptions, 'password' | 'clientId' | 'clientSecret'> {
  readonly password?: SecretSource;
  readonly clientId?: SecretSource;
  readonly clientSecret?: SecretSource;
}

export function providerContext(
  plugin: string,
  given: GivenOptions,
  http: HttpClient,
  signal: AbortSignal = new AbortController().signal,
): ProviderContext & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  const { password, clientId, clientSecret, ...plain } = given;
  const secrets = Object.entries({ password, clientId, clientSecret }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, new Secret(name, value)] as const],
  );
  return {
    plugin,
    options: { ...plain, ...(Object.fromEntries(secrets) as Partial<Record<'password', Secret>>) },
    http,
    signal,
    openBrowser: () => Promise.reject(new Error('This plugin opens no page')),
    log: (level, line) => void lines.push(`${level}: ${line}`),
    lines,
  };
}
