/** A login by password pays for no other login: neither their packages nor our own half of AWS is loaded. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadedBy, ofOtherLogins } from '../../loaded-modules.js';

const program = `
const { connect } = await import('./src/index.js');
await connect({ host: '127.0.0.1', port: 1, database: 'dev', user: 'alice', password: 'x', sslmode: 'disable' }).catch((error) => {
  if (error.name !== 'ConnectError') throw error;
});
`;

describe('a login by password', () => {
  it('loads no package of AWS, no browser opener, and no parser of XML or HTML', async () => {
    const cwd = fileURLToPath(new URL('../../..', import.meta.url));
    const all = await loadedBy(program, { cwd, args: ['--import', 'tsx'] });
    expect(all.some((url) => url.endsWith('/src/client/connect.ts'))).toBe(true);
    expect(all.filter((url) => ofOtherLogins.test(url))).toEqual([]);
    // Nor our own half of AWS (but for how to wait with a signal, which imports nothing), or any plugin.
    expect(
      all.filter((url) =>
        /\/src\/(aws\/(?!unless-aborted\.ts$)|auth\/(iam|saml|flow|resolve-flow|plugins\/(?!index)))/.test(
          url,
        ),
      ),
    ).toEqual([]);
  });
});
