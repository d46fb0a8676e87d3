import { describe, expect, it } from 'vitest';
import { describeConfig } from '../../../src/config/describe.js';
import { parseConfig } from '../../../src/config/parse.js';

describe('describeConfig', () => {
  it('shows what is harmless, and nothing of the rest', () => {
    const shown = describeConfig(
      parseConfig({
        host: 'h',
        database: 'd',
        user: 'u',
        password: 'C4nary',
        options: '-c secret=C4nary',
        sslrootcert: 'C4nary',
        types: { a: 'C4nary' },
      }),
    );
    expect(shown).toMatchObject({
      host: 'h',
      port: 5439,
      database: 'd',
      user: 'u',
      login: 'password',
      sslmode: 'verify-full',
    });
    expect(JSON.stringify(shown)).not.toContain('C4nary');
  });

  it('knows sockets and tokens', () => {
    const shown = describeConfig(
      parseConfig({ unixSock: '/s', database: 'd', token: 'C4nary', tokenType: 'EXT_JWT' }),
    );
    expect(shown).toMatchObject({ unixSock: '/s', login: 'token (identity-center)', sslmode: 'disable' });
    expect(JSON.stringify(shown)).not.toContain('C4nary');
  });
});
