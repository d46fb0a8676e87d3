/**
 * What a credentials provider is handed: the options that concern a login, by camelCase name. Types only, written out so
 * that an editor can show them; a test holds them against the table of options.
 */
import type { ConnectionOptions } from './connection-options.js';
import type { Secret } from './secret.js';

/** What nobody may see: `await options.password?.read()` gives the text. */
type SecretName =
  | 'password'
  | 'accessKeyId'
  | 'secretAccessKey'
  | 'sessionToken'
  | 'token'
  | 'clientId'
  | 'clientSecret'
  | 'webIdentityToken'
  | 'samlAssertion';

type PlainName =
  // Where, and as whom.
  | 'host'
  | 'port'
  | 'database'
  | 'user'
  | 'region'
  | 'clusterIdentifier'
  | 'serverlessWorkGroup'
  | 'serverlessAcctId'
  | 'isServerless'
  | 'endpointUrl'
  | 'stsEndpointUrl'
  | 'dbUser'
  | 'dbGroups'
  | 'dbGroupsFilter'
  | 'autoCreate'
  | 'forceLowercase'
  | 'allowDbUserOverride'
  | 'iamDuration'
  | 'groupFederation'
  | 'authTimeout'
  | 'sslInsecure'
  // Of the plugins.
  | 'idpHost'
  | 'idpPort'
  | 'appId'
  | 'appName'
  | 'preferredRole'
  | 'principalArn'
  | 'loginToRp'
  | 'partnerSpId'
  | 'loginUrl'
  | 'expectedIssuer'
  | 'listenPort'
  | 'idpTenant'
  | 'scope'
  | 'idpPartition'
  | 'roleArn'
  | 'roleSessionName'
  | 'issuerUrl'
  | 'idcRegion'
  | 'tokenType'
  | 'identityNamespace'
  | 'providerName'
  | 'idcClientDisplayName';

/** Options by camelCase name; what was not given is its default, or undefined. Secrets are behind `Secret`. */
export type PluginOptions = {
  readonly [Name in keyof Pick<ConnectionOptions, SecretName | PlainName>]: Name extends SecretName
    ? Secret | undefined
    : Name extends 'dbGroups'
      ? readonly string[] | undefined
      : ConnectionOptions[Name];
};

/** The name of an option that a provider may ask for. */
export type PluginOptionName = keyof PluginOptions;
