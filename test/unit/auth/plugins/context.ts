/** What a plugin is given, for tests: nothing behind it can be reached. */
import type { ProviderContext, PluginOptions } from '../../../../src/auth/provider.js';
import { Secret, type SecretSource } from '../../../../src/config/secret.js';

export const secret = (value: SecretSource): Secret => new Secret('canary', value);

export function contextOf(
  plugin: string,
  options: PluginOptions,
  over: Partial<ProviderContext> = {},
): ProviderContext & { readonly lines: string[] } {
  const lines: string[] = [];
  const unreachable = (): never => {
    throw new Error('this plugin talks to nobody');
  };
  return {
    plugin,
    options,
    http: { session: unreachable, awsAgent: unreachable },
    signal: new AbortController().signal,
    openBrowser: unreachable,
    log: (level, line) => void lines.push(`${level} ${line}`),
    lines,
    ...over,
  };
}
