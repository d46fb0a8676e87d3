/** From user and password to AWS keys: the identity provider signs, and the fake STS believes nothing else. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HttpClient } from '../../../../src/aws/http.js';
import { adfs } from '../../../../src/auth/plugins/adfs.js';
import { azure } from '../../../../src/auth/plugins/azure.js';
import { okta } from '../../../../src/auth/plugins/okta.js';
import { ping } from '../../../../src/auth/plugins/ping.js';
import type { Plugin } from '../../../../src/auth/provider.js';
import {
  entraApp,
  oktaApp,
  person,
  samlUser,
  startLoginWorld,
  type LoginWorld,
} from '../../../fakes/login-world.js';
import { providerContext, type GivenOptions } from '../../../fakes/provider-context.js';
import type { IdpShape } from '../../../fakes/saml/identity-provider.js';

let world: LoginWorld;
beforeAll(async () => {
  world = await startLoginWorld();
});
afterAll(() => world.close());

it.each<[IdpShape, Plugin, GivenOptions]>([
  ['adfs', adfs, { idpHost: 'adfs.corp.test' }],
  ['okta', okta, { idpHost: 'okta.corp.test', appId: oktaApp }],
  ['ping', ping, { idpHost: 'ping.corp.test' }],
  [
    'entra',
    azure,
    { idpTenant: entraApp.tenant, clientId: entraApp.clientId, clientSecret: entraApp.clientSecret },
  ],
])(
  'the plugin for %s gives AWS keys for a signature that STS has verified, and the database user of the assertion',
  async (shape, plugin, given) => {
    const http = new HttpClient({ ...world.hosts.settings, insecure: false });
    const credentials = await plugin.get(providerContext(plugin.name, { ...person, ...given }, http));
    expect(plugin.reusable).toBe(true);
    expect(credentials).toMatchObject({ kind: 'aws', asserted: { dbUser: samlUser(shape) } });
    if (credentials.kind !== 'aws') return;
    expect(credentials.keys.sessionToken).not.toBe('');
    expect(credentials.keys.expiration?.getTime()).toBeGreaterThan(Date.now());
  },
);
