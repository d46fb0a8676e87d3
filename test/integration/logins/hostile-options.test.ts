/**
 * Text with line ends or NUL in every option of every way in: nothing of it becomes a header of its own, another request
 * or another startup parameter. It is refused, or it arrives as the value that it is.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetRegistrations } from '../../../src/auth/plugins/browser-idc.js';
import type { ConnectOptions } from '../../../src/index.js';
import { RedshiftError } from '../../../src/errors.js';
import { freePort } from './ports.js';
import { forgetLogins, startWorld, whoIs, type World } from './world.js';
import { ways, type Way } from './ways.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** What the tables of ways leave out, as text that the option takes. */
const more: Readonly<Record<string, string>> = {
  applicationName: 'app',
  appName: 'amazon_aws_redshift',
  dbUser: 'alice',
  identityNamespace: 'ns',
  idcClientDisplayName: 'Reports',
  loginToRp: 'urn:amazon:webservices',
  partnerSpId: 'urn:amazon:webservices',
  providerName: 'corp',
  scope: 'api:redshift',
};
/** Read as PEM or as a path; they go nowhere. */
const files = ['sslrootcert', 'httpsCa'];
const headers = '\r\nX-Canary: 1\r\n\r\nGET /canary HTTP/1.1\r\nX-Canary: 1\r\n\r\n';
const parameter = '\0application_name\0canary';

async function optionsOf(way: Way): Promise<Record<string, unknown>> {
  forgetLogins();
  forgetRegistrations();
  const setting = {
    place: { ...world.place, connectTimeout: 10, authTimeout: 10 },
    tag: '',
    listenPort: await freePort(),
    openBrowser: (url: string) => world.browse(url),
  };
  return { ...way.options(world, setting) };
}

/** Undefined: it was let in. */
async function attempt(options: Record<string, unknown>): Promise<unknown> {
  return whoIs(options as ConnectOptions).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.each(ways)('$name', (way) => {
  it('takes no header, no request and no parameter out of a value', async () => {
    const given = await optionsOf(way);
    const texts = Object.keys({ ...more, ...given }).filter(
      (name) => !files.includes(name) && typeof (given[name] ?? more[name]) === 'string',
    );
    expect(texts.length).toBeGreaterThan(5);
    for (const name of texts) {
      const asked = world.hosts.requests.length;
      const called = world.aws.requests.length;
      const options = await optionsOf(way);
      const value = (options[name] ?? more[name]) as string;
      const error = await attempt({ ...options, [name]: value + headers });
      expect(error === undefined || error instanceof RedshiftError, `${name}: ${String(error)}`).toBe(true);
      for (const request of world.hosts.requests.slice(asked)) {
        expect(request.headers, name).not.toHaveProperty('x-canary');
        expect(request.path, name).not.toBe('/canary');
      }
      for (const request of world.aws.requests.slice(called))
        expect(request.headers, name).not.toHaveProperty('x-canary');

      const refused = await attempt({ ...(await optionsOf(way)), [name]: value + parameter });
      expect(String(refused), name).toMatch(
        new RegExp(`${name}:.*(?:NUL|has no use|must|exclude|is no)`, 's'),
      );
    }
  });
});
