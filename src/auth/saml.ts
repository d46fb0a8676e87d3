/**
 * From a SAML response to AWS keys: reads it, picks the role, asks STS (unsigned: the response is the proof). The response
 * is sent on byte for byte, and none of it is ever logged or told in an error.
 */
import type { AssumeRoleRequest } from '../aws/clients.js';
import { AuthenticationError, RedshiftError } from '../errors.js';
import type { AssertedUser, AwsKeys, HttpClient, ProvidedCredentials, ProviderContext } from './provider.js';
import { readSamlResponse, type SamlResponse } from './saml-response.js';
import { chooseRole } from './saml-roles.js';
import { homeRegionOf, named, stsError } from './saml-sts.js';

/** Asks STS; rejects with the error of the SDK as it is. */
export type AssumeRoleWithSaml = (request: AssumeRoleRequest, http: HttpClient) => Promise<AwsKeys>;

export interface SamlSettings {
  /** The address that the response came in at: one that was sent elsewhere is refused. */
  readonly destination?: string | undefined;
  /** The identity provider that it has to be of (`entityID`); undefined: any that STS believes. */
  readonly issuer?: string | undefined;
  /** Default: the client of STS, loaded then. */
  readonly assumeRole?: AssumeRoleWithSaml | undefined;
}

/**
 * What every SAML plugin ends with.
 *
 * @param plugin for errors
 * @param assertion the base64 text of the whole response
 * @throws AuthenticationError of stage `saml` or `sts`
 */
export async function samlCredentials(
  plugin: string,
  assertion: string,
  context: Pick<ProviderContext, 'options' | 'http' | 'signal' | 'log'>,
  settings: SamlSettings = {},
): Promise<ProvidedCredentials> {
  const { options, http, signal, log } = context;
  const response = await readSamlResponse(assertion, plugin);
  signal.throwIfAborted();
  if (settings.destination !== undefined) checkAddress(response, settings.destination, plugin);
  if (settings.issuer !== undefined) checkIssuer(response, settings.issuer, plugin);
  if (response.attributes.role.length === 0 && response.encryptedAttributes) {
    throw new AuthenticationError('The attributes of the SAML assertion are encrypted, the roles too', {
      plugin,
      stage: 'saml',
      hint: 'switch off attribute encryption for this application at the identity provider',
    });
  }
  const { role, offered } = chooseRole(response.attributes.role, options.preferredRole, plugin);
  if (offered > 1) {
    const which =
      options.preferredRole === undefined
        ? 'the first; preferredRole chooses another'
        : 'as preferredRole says';
    log(
      'info',
      `${plugin}: the SAML assertion offers ${String(offered)} roles, ${role.roleArn} is taken (${which})`,
    );
  }
  const asserted = assertedUser(response, (name, count) => {
    log('warn', `${plugin}: the SAML assertion has ${String(count)} values of ${name}, the first is taken`);
  });
  const region = options.region ?? homeRegionOf(role.roleArn);
  if (region === undefined) {
    throw new AuthenticationError(`Nobody knows where to ask STS about the role ${role.roleArn}`, {
      plugin,
      stage: 'saml',
      hint: 'set region',
    });
  }
  const asked = { region, ...role, samlAssertion: assertion };
  let keys: AwsKeys;
  try {
    const request = {
      ...asked,
      durationSeconds: options.iamDuration,
      endpointUrl: options.stsEndpointUrl,
      signal,
    };
    const assumeRole = settings.assumeRole ?? (await import('../aws/clients.js')).assumeRoleWithSaml;
    keys = await assumeRole(request, http);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RedshiftError) throw error;
    throw stsError(error, { ...asked, plugin, response });
  }
  return { kind: 'aws', keys, asserted };
}

/** The attributes beside the role ("Configure SAML assertions for your IdP", Amazon Redshift Management Guide). */
function assertedUser(
  { attributes }: SamlResponse,
  several: (name: string, count: number) => void,
): AssertedUser {
  const one = (name: keyof SamlResponse['attributes']): string | undefined => {
    const values = new Set(attributes[name]);
    if (values.size > 1) several(name, values.size);
    return attributes[name][0];
  };
  const flag = (name: keyof SamlResponse['attributes']): boolean | undefined => {
    const value = one(name);
    return value === undefined ? undefined : value.toLowerCase() === 'true';
  };
  const dbUser = one('dbUser') ?? one('roleSessionName');
  const dbGroups = [...new Set(attributes.dbGroups)];
  const autoCreate = flag('autoCreate');
  const allowDbUserOverride = flag('allowDbUserOverride');
  const forceLowercase = flag('forceLowercase');
  return {
    ...(dbUser === undefined ? {} : { dbUser }),
    ...(dbGroups.length === 0 ? {} : { dbGroups }),
    ...(autoCreate === undefined ? {} : { autoCreate }),
    ...(allowDbUserOverride === undefined ? {} : { allowDbUserOverride }),
    ...(forceLowercase === undefined ? {} : { forceLowercase }),
  };
}

/**
 * A response that was meant for somebody else was stolen, or is pushed at us by another page. Addresses of the AWS sign-in
 * page are taken, since some applications at identity providers are set up for both.
 */
function checkAddress(response: SamlResponse, destination: string, plugin: string): void {
  const matches = (address: string): boolean =>
    sameAddress(address, destination) ||
    /^https:\/\/(?:[a-z0-9-]+\.)?signin\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)\/saml/.test(
      address,
    );
  const sentTo =
    response.destination === undefined || response.destination === '' || matches(response.destination);
  const confirmed = response.recipients.length === 0 || response.recipients.some(matches);
  if (sentTo && confirmed) return;
  throw new AuthenticationError(
    'The SAML response was made for another address than the one that it came to',
    {
      plugin,
      stage: 'saml',
      hint: `the identity provider's application has to have ${destination} as its assertion consumer URL`,
    },
  );
}

/**
 * Whatever page is open in the browser may post a response of its own, and STS believes it if the role's account trusts
 * whoever made it: people would be logged in as somebody else.
 */
function checkIssuer({ issuer }: SamlResponse, expected: string, plugin: string): void {
  if (issuer === expected) return;
  throw new AuthenticationError(
    `The SAML response is not of the identity provider ${named(expected)} but of ${named(issuer ?? 'one without a name')}`,
    {
      plugin,
      stage: 'saml',
      hint: 'if that is yours, give it as expectedIssuer; if not, another page has answered in its place',
    },
  );
}

function sameAddress(one: string, other: string): boolean {
  const plain = (text: string): string | undefined => {
    if (!URL.canParse(text)) return undefined;
    const { protocol, hostname, port, pathname } = new URL(text);
    const host = ['127.0.0.1', '[::1]'].includes(hostname) ? 'localhost' : hostname;
    return `${protocol}//${host}:${port}${pathname.replace(/\/$/, '')}`;
  };
  const address = plain(one);
  return address !== undefined && address === plain(other);
}
