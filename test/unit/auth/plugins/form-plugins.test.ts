/** From user and password to AWS keys: the identity provider signs, and the fake STS believes nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpClient } from '../../../../src/aws/http.js';
import { adfs } from '../../../../src/auth/plugins/adfs.js';
import { azure } from '../../../../src/auth/plugins/azure.js';
import { okta } from '../../../../src/auth/plugins/okta.js';
import { ping } from '../../../../src/auth/plugins/ping.js';
import type { Plugin } from '../../../../src/auth/provider.js';
import { FakeAws } from '../../../fakes/aws/fake-aws.js';
import { startFakeHosts, type FakeHosts } from '../../../fakes/fake-hosts.js';
import { fakeAdfs } from '../../../fakes/idp/adfs.js';
import { fakeEntra } from '../../../fakes/idp/entra.js';
import { fakeOkta } from '../../../fakes/idp/okta.js';
import { fakePing } from '../../../fakes/idp/ping.js';
import { providerContext, type GivenOptions } from '../../../fakes/provider-context.js';
import {
  createSamlIdp,
  idpShapes,
  redshiftAttribute,
  samlRole,
  samlSession,
  type IdpShape,
  type SamlIdp,
} from '../../../fakes/saml/identity-provider.js';
import { samlJudge } from '../../../fakes/saml/sts-judge.js';

const person = { user: 'zoe@corp.test', password: 'Canary-Form-7Kq' };
const entra = { tenant: 'corp.test', clientId: 'canary-client-id', clientSecret: 'Canary~Client~Secret' };
const roleArn = 'arn:aws:iam::123456789012:role/Analyst';
const signIn = 'https://signin.aws.amazon.com/saml';
const principal = (shape: IdpShape): string => `arn:aws:iam::123456789012:saml-provider/${shape}`;

const plugins: Readonly<Record<IdpShape, { plugin: Plugin; given: GivenOptions }>> = {
  adfs: { plugin: adfs, given: { idpHost: 'adfs.corp.test' } },
  okta: { plugin: okta, given: { idpHost: 'okta.corp.test', appId: '0oa1/272' } },
  ping: { plugin: ping, given: { idpHost: 'ping.corp.test' } },
  entra: {
    plugin: azure,
    given: { idpTenant: entra.tenant, clientId: entra.clientId, clientSecret: entra.clientSecret },
  },
};

let hosts: FakeHosts;
let aws: FakeAws;
let idps: Record<IdpShape, SamlIdp>;

const claims = (shape: IdpShape): Parameters<SamlIdp['respond']>[0] => ({
  destination: signIn,
  attributes: [
    [samlRole, [`${roleArn},${principal(shape)}`]],
    [samlSession, ['zoe']],
    [redshiftAttribute('DbUser'), ['Zoë']],
  ],
});

beforeAll(async () => {
  const made = await Promise.all(
    idpShapes.map(async (shape) => [shape, await createSamlIdp(shape)] as const),
  );
  idps = Object.fromEntries(made) as typeof idps;
  const responder = (shape: IdpShape) => ({
    ...person,
    samlResponse: () => idps[shape].respond(claims(shape)),
  });
  /** Entra gives the assertion alone. */
  const assertion = (): string =>
    /<(?:\w+:)?Assertion[\s>][^]*<\/(?:\w+:)?Assertion>/.exec(idps.entra.respondXml(claims('entra')))?.[0] ??
    '';
  hosts = await startFakeHosts({
    'adfs.corp.test': fakeAdfs(responder('adfs')),
    'okta.corp.test': fakeOkta({ ...responder('okta'), appId: '0oa1/272' }),
    'ping.corp.test': fakePing(responder('ping')),
    'login.microsoftonline.com': fakeEntra({ ...person, ...entra, assertion }),
  });
  aws = await FakeAws.start();
  hosts.proxy.map('sts.us-east-1.amazonaws.com', aws.port);
  aws.world.saml = samlJudge({
    providers: Object.fromEntries(idpShapes.map((shape) => [principal(shape), idps[shape]])),
    roles: { [roleArn]: { trusts: idpShapes.map(principal), audiences: [signIn] } },
  });
});
afterAll(async () => {
  await aws.close();
  await hosts.close();
});

describe.each(idpShapes)('the plugin for %s', (shape) => {
  const { plugin, given } = plugins[shape];

  it('gives AWS keys for a signature that STS has verified, and the database user of the assertion', async () => {
    const http = new HttpClient({ ...hosts.settings, ca: hosts.ca + aws.ca, insecure: false });
    const context = providerContext(plugin.name, { ...person, ...given }, http);
    const credentials = await plugin.get(context);
    expect(credentials).toMatchObject({ kind: 'aws', asserted: { dbUser: 'Zoë' } });
    if (credentials.kind !== 'aws') return;
    expect(credentials.keys.sessionToken).not.toBe('');
    expect(credentials.keys.expiration?.getTime()).toBeGreaterThan(Date.now());
    expect(plugin.reusable).toBe(true);
  });
});
