/** The startup fields of each login: the table of what Amazon's drivers send. */
import { describe, expect, it } from 'vitest';
import { announce, type Announcement } from '../../../src/auth/announce.js';

const given = {
  providerName: 'azure',
  identityNamespace: 'ns',
  clientDisplayName: 'Reports',
} as const;

const azure = { idp_type: 'AzureAD', provider_name: 'azure' };
const idc = {
  idp_type: 'AwsIdc',
  identity_namespace: 'ns',
  idc_client_display_name: 'Reports',
  provider_name: 'azure',
};

describe('a login is announced', () => {
  it.each<[string, Announcement, Record<string, string>]>([
    ...['BasicJwtCredentialsProvider', 'JwtCredentialsProvider', 'BrowserAzureOAuth2CredentialsProvider'].map(
      (plugin): [string, Announcement, Record<string, string>] => [
        `by ${plugin}`,
        { plugin, token: {}, ...given },
        { plugin_name: plugin, ...azure },
      ],
    ),
    [
      'by BrowserIdcAuthPlugin, whose tokens are access tokens',
      { plugin: 'BrowserIdcAuthPlugin', token: {}, ...given },
      { plugin_name: 'BrowserIdcAuthPlugin', token_type: 'ACCESS_TOKEN', ...idc },
    ],
    [
      'by IdpTokenAuthPlugin with the type of its token',
      { plugin: 'IdpTokenAuthPlugin', token: { tokenType: 'EXT_JWT' }, ...given },
      { plugin_name: 'IdpTokenAuthPlugin', token_type: 'EXT_JWT', ...idc },
    ],
    [
      'by IdpTokenAuthPlugin with AWS keys',
      { plugin: 'IdpTokenAuthPlugin', token: { tokenType: 'SUBJECT_TOKEN' } },
      { plugin_name: 'IdpTokenAuthPlugin', idp_type: 'AwsIdc', token_type: 'SUBJECT_TOKEN' },
    ],
    [
      'with the name as it was written',
      {
        plugin: 'BasicJwtCredentialsProvider',
        written: 'redshift_connector.plugin.BasicJwtCredentialsProvider',
        token: {},
      },
      { plugin_name: 'redshift_connector.plugin.BasicJwtCredentialsProvider', idp_type: 'AzureAD' },
    ],
    [
      'by a SAML plugin, which gives user and password',
      { plugin: 'OktaCredentialsProvider', ...given },
      { plugin_name: 'OktaCredentialsProvider' },
    ],
    [
      'by one of the own, whose token has a type',
      { plugin: 'Vault', token: { tokenType: 'X' } },
      {
        plugin_name: 'Vault',
        idp_type: 'AwsIdc',
        token_type: 'X',
      },
    ],
    [
      'by one of the own, whose token has none',
      { plugin: 'Vault', token: {} },
      {
        plugin_name: 'Vault',
        idp_type: 'AzureAD',
      },
    ],
    [
      'by the option token with a type, as IdpTokenAuthPlugin',
      { token: { tokenType: 'ACCESS_TOKEN' } },
      {
        plugin_name: 'IdpTokenAuthPlugin',
        idp_type: 'AwsIdc',
        token_type: 'ACCESS_TOKEN',
      },
    ],
    [
      'by the option token alone, as BasicJwt',
      { token: {}, providerName: 'azure' },
      {
        plugin_name: 'BasicJwtCredentialsProvider',
        ...azure,
      },
    ],
    ['not at all with user and password', { ...given }, {}],
    [
      'without fields that are empty',
      { plugin: 'BasicJwtCredentialsProvider', token: {}, providerName: '' },
      {
        plugin_name: 'BasicJwtCredentialsProvider',
        idp_type: 'AzureAD',
      },
    ],
  ])('%s', (_how, from, fields) => {
    const announced = announce(from);
    expect(Object.fromEntries(announced)).toEqual(fields);
    expect(announced).toHaveLength(Object.keys(fields).length);
  });
});
