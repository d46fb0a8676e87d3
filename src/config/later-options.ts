/**
 * Options whose feature is yet to be built: IAM logins, identity providers and others.
 * They are known and checked like all the others, and refused by name, so that nothing is silently left out.
 * When a feature comes, its rows lose `later`.
 */
import type { OptionRow } from './option-types.js';

const iam = 'IAM logins';
const plugins = 'logins through identity provider plugins';
const https = 'calls to AWS and identity providers';

// prettier-ignore
export const laterOptions = [
  { name: 'iam', later: iam, type: { is: 'boolean' }, default: false, aliases: ['IamAuth'], doc: 'Log in with temporary credentials from AWS.' },
  { name: 'accessKeyId', later: iam, type: { is: 'secret' }, aliases: ['AccessKeyID'], doc: 'AWS access key.' },
  { name: 'secretAccessKey', later: iam, type: { is: 'secret' }, aliases: ['SecretAccessKey'], doc: 'AWS secret key.' },
  { name: 'sessionToken', later: iam, type: { is: 'secret' }, aliases: ['SessionToken'], doc: 'AWS session token.' },
  { name: 'profile', later: iam, type: { is: 'string' }, aliases: ['Profile'], doc: 'Profile of the AWS configuration files.' },
  { name: 'instanceProfile', later: iam, type: { is: 'boolean' }, default: false, aliases: ['InstanceProfile'], doc: "Credentials of the EC2 instance's role." },
  { name: 'authProfile', later: iam, type: { is: 'string' }, aliases: ['AuthProfile'], doc: 'Redshift authentication profile to take options from.' },
  { name: 'clusterIdentifier', later: iam, type: { is: 'string' }, aliases: ['ClusterID', 'ClusterId'], doc: 'The cluster, where the host name does not tell.' },
  { name: 'region', later: iam, type: { is: 'string' }, aliases: ['Region'], doc: 'AWS region, where the host name does not tell.' },
  { name: 'endpointUrl', later: iam, type: { is: 'string' }, aliases: ['EndpointUrl', 'EndPointUrl'], doc: 'Another endpoint of the Redshift API.' },
  { name: 'stsEndpointUrl', later: iam, type: { is: 'string' }, aliases: ['StsEndpointUrl'], doc: 'Another endpoint of AWS STS.' },
  { name: 'dbUser', later: iam, type: { is: 'string' }, aliases: ['DbUser'], doc: 'The database user that temporary credentials are for.' },
  { name: 'dbGroups', later: iam, type: { is: 'list' }, aliases: ['DbGroups'], doc: 'Database groups to join for this session.' },
  { name: 'dbGroupsFilter', later: iam, type: { is: 'string' }, aliases: ['DbGroupsFilter', 'dbgroups_filter'], doc: 'Regular expression of groups to leave out.' },
  { name: 'autoCreate', later: iam, type: { is: 'boolean' }, default: false, aliases: ['AutoCreate'], doc: 'Create the database user if it does not exist.' },
  { name: 'forceLowercase', later: iam, type: { is: 'boolean' }, default: false, aliases: ['ForceLowercase'], doc: 'Lower-case the database groups.' },
  { name: 'allowDbUserOverride', later: iam, type: { is: 'boolean' }, default: false, aliases: ['AllowDBUserOverride'], doc: 'Let the database user of a SAML assertion win over `dbUser`.' },
  { name: 'iamDuration', later: iam, type: { is: 'integer', min: 900, max: 3600 }, aliases: ['IAMDuration', 'duration'], doc: 'Seconds that temporary credentials are valid.' },
  { name: 'iamDisableCache', later: iam, type: { is: 'boolean' }, default: false, aliases: ['IAMDisableCache', 'DisableCache'], doc: 'Fetch credentials anew for every connection.' },
  { name: 'credentialsCache', later: iam, type: { is: 'object', functions: ['get', 'set', 'delete'] }, defaultNote: 'in memory', doc: 'Where credentials are kept until they expire: an object with `get`, `set` and `delete`.' },
  { name: 'groupFederation', later: iam, type: { is: 'boolean' }, default: false, doc: 'Federated groups through GetClusterCredentialsWithIAM.' },
  { name: 'isServerless', later: iam, type: { is: 'boolean' }, default: false, aliases: ['Serverless'], doc: 'The endpoint is Redshift Serverless under another name.' },
  { name: 'serverlessAcctId', later: iam, type: { is: 'string' }, doc: 'AWS account of the workgroup.' },
  { name: 'serverlessWorkGroup', later: iam, type: { is: 'string' }, aliases: ['Workgroup'], doc: 'The workgroup, where the host name does not tell.' },
  { name: 'credentialsProvider', later: plugins, type: { is: 'provider' }, aliases: ['plugin_name', 'pluginName'], doc: 'The identity provider plugin to log in with, or a function or object of your own.' },
  { name: 'sslInsecure', later: plugins, type: { is: 'boolean' }, default: false, doc: "Do not check the identity provider's certificate; never concerns the database." },
  { name: 'idpHost', later: plugins, type: { is: 'string' }, doc: 'Host of the identity provider.' },
  { name: 'idpPort', later: plugins, type: { is: 'integer', min: 1, max: 65535 }, default: 443, doc: 'Port of the identity provider.' },
  { name: 'appId', later: plugins, type: { is: 'string' }, doc: 'Okta application id.' },
  { name: 'appName', later: plugins, type: { is: 'string' }, default: 'amazon_aws_redshift', doc: 'Okta application name.' },
  { name: 'preferredRole', later: plugins, type: { is: 'string' }, doc: 'ARN of the role to assume.' },
  { name: 'principalArn', later: plugins, type: { is: 'string' }, doc: 'ARN of the SAML provider.' },
  { name: 'loginToRp', later: plugins, type: { is: 'string' }, default: 'urn:amazon:webservices', doc: 'Relying party of AD FS.' },
  { name: 'partnerSpId', later: plugins, type: { is: 'string' }, aliases: ['partner_spid'], doc: 'Partner id of PingFederate.' },
  { name: 'loginUrl', later: plugins, type: { is: 'string' }, doc: 'Page of the identity provider to open in the browser.' },
  { name: 'authTimeout', later: plugins, type: { is: 'seconds', likely: 3600 }, default: 120, aliases: ['idpResponseTimeout', 'idp_response_timeout'], doc: "Seconds for an identity provider's login." },
  { name: 'listenPort', later: plugins, type: { is: 'integer', min: 0, max: 65535 }, defaultNote: '7890; any free port for Microsoft Entra', doc: 'Local port on which the browser answers.' },
  { name: 'idpTenant', later: plugins, type: { is: 'string' }, doc: 'Microsoft Entra tenant.' },
  { name: 'clientId', later: plugins, type: { is: 'secret' }, doc: 'Client id of the application.' },
  { name: 'clientSecret', later: plugins, type: { is: 'secret' }, doc: 'Client secret of the application.' },
  { name: 'scope', later: plugins, type: { is: 'string' }, doc: 'Scope to ask for.' },
  { name: 'idpPartition', later: plugins, type: { is: 'enum', values: ['', 'commercial', 'us-gov', 'cn'] }, default: '', doc: 'Microsoft cloud: `commercial`, `us-gov` or `cn`.' },
  { name: 'webIdentityToken', later: plugins, type: { is: 'secret', source: true }, doc: 'JSON Web Token of the JWT plugins; `token` with `providerName` logs in with one today.' },
  { name: 'roleArn', later: plugins, type: { is: 'string' }, doc: 'Role of the JWT plugin.' },
  { name: 'roleSessionName', later: plugins, type: { is: 'string' }, default: 'jwt_redshift_session', doc: 'Session name of the JWT plugin.' },
  { name: 'issuerUrl', later: plugins, type: { is: 'string' }, doc: 'Issuer of IAM Identity Center.' },
  { name: 'idcRegion', later: plugins, type: { is: 'string' }, doc: 'Region of IAM Identity Center.' },
  { name: 'samlAssertion', later: plugins, type: { is: 'secret' }, doc: 'A SAML assertion that was fetched elsewhere.' },
  { name: 'openBrowser', later: plugins, type: { is: 'function' }, doc: 'Called with the URL to open, for machines without a browser.' },
  { name: 'proxy', later: https, type: { is: 'secret' }, doc: 'HTTPS proxy for AWS and identity providers, not for the database.' },
  { name: 'httpsCa', later: https, type: { is: 'file' }, doc: 'Extra roots for AWS and identity providers.' },
  { name: 'databaseMetadataCurrentDbOnly', later: 'catalog calls', type: { is: 'boolean' }, default: true, aliases: ['DatabaseMetadataCurrentDbOnly'], doc: 'Catalog calls look at the current database only.' },
] as const satisfies readonly OptionRow[];
