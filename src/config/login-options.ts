/**
 * The rows of the options table for logins with AWS's temporary credentials and through identity providers.
 * login-rules.ts says what goes with what, providers.ts which plugin takes which of them.
 */
import type { OptionRow } from './option-types.js';

// prettier-ignore
const iam = [
  { name: 'iam', type: { is: 'boolean' }, default: false, aliases: ['IamAuth'], doc: 'Log in with temporary credentials from AWS.' },
  { name: 'accessKeyId', type: { is: 'secret' }, aliases: ['AccessKeyID'], doc: 'AWS access key.' },
  { name: 'secretAccessKey', type: { is: 'secret' }, aliases: ['SecretAccessKey'], doc: 'AWS secret key.' },
  { name: 'sessionToken', type: { is: 'secret' }, aliases: ['SessionToken'], doc: 'AWS session token.' },
  { name: 'profile', type: { is: 'string' }, aliases: ['Profile'], doc: 'Profile of the AWS configuration files.' },
  { name: 'instanceProfile', type: { is: 'boolean' }, default: false, aliases: ['InstanceProfile'], doc: "Credentials of the EC2 instance's role." },
  { name: 'authProfile', type: { is: 'string' }, aliases: ['AuthProfile'], doc: 'Redshift authentication profile to take options from.' },
  { name: 'clusterIdentifier', type: { is: 'string' }, aliases: ['ClusterID', 'ClusterId'], doc: 'The cluster, where the host name does not tell.' },
  { name: 'region', type: { is: 'string' }, aliases: ['Region'], doc: 'AWS region, where the host name does not tell.' },
  { name: 'endpointUrl', type: { is: 'string' }, aliases: ['EndpointUrl', 'EndPointUrl'], doc: 'Another endpoint of the Redshift API.' },
  { name: 'stsEndpointUrl', type: { is: 'string' }, aliases: ['StsEndpointUrl'], doc: 'Another endpoint of AWS STS.' },
  { name: 'dbUser', type: { is: 'string' }, aliases: ['DbUser'], doc: 'The database user that temporary credentials are for.' },
  { name: 'dbGroups', type: { is: 'list' }, aliases: ['DbGroups'], doc: 'Database groups to join for this session.' },
  { name: 'dbGroupsFilter', type: { is: 'string' }, aliases: ['DbGroupsFilter', 'dbgroups_filter'], doc: 'Regular expression of groups to leave out.' },
  { name: 'autoCreate', type: { is: 'boolean' }, default: false, aliases: ['AutoCreate'], doc: 'Create the database user if it does not exist.' },
  { name: 'forceLowercase', type: { is: 'boolean' }, default: false, aliases: ['ForceLowercase'], doc: 'Lower-case the database groups.' },
  { name: 'allowDbUserOverride', type: { is: 'boolean' }, default: false, aliases: ['AllowDBUserOverride'], doc: 'Let the database user of a SAML assertion win over `dbUser`.' },
  { name: 'iamDuration', type: { is: 'integer', min: 900, max: 3600 }, aliases: ['IAMDuration', 'duration'], doc: 'Seconds that temporary credentials are valid.' },
  { name: 'iamDisableCache', type: { is: 'boolean' }, default: false, aliases: ['IAMDisableCache', 'DisableCache'], doc: 'Fetch credentials anew for every connection.' },
  { name: 'credentialsCache', type: { is: 'object', functions: ['get', 'set', 'delete'] }, defaultNote: 'in memory', doc: 'Where credentials are kept until they expire: an object with `get`, `set` and `delete`.' },
  { name: 'groupFederation', type: { is: 'boolean' }, default: false, doc: 'Federated groups through GetClusterCredentialsWithIAM.' },
  { name: 'isServerless', type: { is: 'boolean' }, default: false, aliases: ['Serverless'], doc: 'The endpoint is Redshift Serverless under another name.' },
  { name: 'serverlessAcctId', type: { is: 'string' }, doc: 'AWS account of the workgroup.' },
  { name: 'serverlessWorkGroup', type: { is: 'string' }, aliases: ['Workgroup'], doc: 'The workgroup, where the host name does not tell.' },
] as const satisfies readonly OptionRow[];

// prettier-ignore
const plugins = [
  { name: 'credentialsProvider', type: { is: 'provider' }, aliases: ['plugin_name', 'pluginName'], doc: 'The identity provider plugin to log in with, or a function or object of your own.' },
  { name: 'sslInsecure', type: { is: 'boolean' }, default: false, doc: "Do not check the identity provider's certificate; never concerns the database." },
  { name: 'idpHost', type: { is: 'string' }, doc: 'Host of the identity provider.' },
  { name: 'idpPort', type: { is: 'integer', min: 1, max: 65535 }, default: 443, doc: 'Port of the identity provider.' },
  { name: 'appId', type: { is: 'string' }, doc: 'Okta application id.' },
  { name: 'appName', type: { is: 'string' }, default: 'amazon_aws_redshift', doc: 'Okta application name.' },
  { name: 'preferredRole', type: { is: 'string' }, doc: 'ARN of the role to assume.' },
  { name: 'principalArn', type: { is: 'string' }, doc: 'ARN of the SAML provider.' },
  { name: 'loginToRp', type: { is: 'string' }, default: 'urn:amazon:webservices', doc: 'Relying party of AD FS.' },
  { name: 'partnerSpId', type: { is: 'string' }, aliases: ['partner_spid'], doc: 'Partner id of PingFederate.' },
  { name: 'loginUrl', type: { is: 'string' }, doc: 'Page of the identity provider to open in the browser.' },
  { name: 'expectedIssuer', type: { is: 'string' }, doc: 'The identity provider (its entity ID) whose SAML response is taken from the browser; default any that AWS trusts for the role.' },
  { name: 'authTimeout', type: { is: 'seconds', likely: 3600 }, default: 120, aliases: ['idpResponseTimeout', 'idp_response_timeout'], doc: "Seconds for an identity provider's login." },
  { name: 'listenPort', type: { is: 'integer', min: 0, max: 65535 }, defaultNote: '7890; any free port for Microsoft Entra', doc: 'Local port on which the browser answers.' },
  { name: 'idpTenant', type: { is: 'string' }, doc: 'Microsoft Entra tenant.' },
  { name: 'clientId', type: { is: 'secret' }, doc: 'Client id of the application.' },
  { name: 'clientSecret', type: { is: 'secret' }, doc: 'Client secret of the application.' },
  { name: 'scope', type: { is: 'string' }, doc: 'Scope to ask for.' },
  { name: 'idpPartition', type: { is: 'enum', values: ['', 'commercial', 'us-gov', 'cn'] }, default: '', doc: 'Microsoft cloud: `commercial`, `us-gov` or `cn`.' },
  { name: 'webIdentityToken', type: { is: 'secret', source: true }, doc: 'JSON Web Token of the JWT plugins, or a function that gives it, called once a login.' },
  { name: 'roleArn', type: { is: 'string' }, doc: 'The role that the token of JwtIamAuthPlugin stands for: its ARN.' },
  { name: 'roleSessionName', type: { is: 'string' }, default: 'jwt_redshift_session', doc: "The name of that role's session, as CloudTrail shows it." },
  { name: 'issuerUrl', type: { is: 'string' }, doc: 'Issuer of IAM Identity Center.' },
  { name: 'idcRegion', type: { is: 'string' }, doc: 'Region of IAM Identity Center.' },
  { name: 'samlAssertion', type: { is: 'secret', source: true }, doc: 'The base64 SAML response that was fetched elsewhere, or a function that gives it, called once a login.' },
  { name: 'openBrowser', type: { is: 'function' }, doc: 'Called with the URL to open, for machines without a browser.' },
] as const satisfies readonly OptionRow[];

// prettier-ignore
const https = [
  { name: 'proxy', type: { is: 'secret' }, doc: 'HTTPS proxy for AWS and identity providers, not for the database.' },
  { name: 'httpsCa', type: { is: 'file' }, doc: 'Extra roots for AWS and identity providers.' },
] as const satisfies readonly OptionRow[];

export const loginOptions = [...iam, ...plugins, ...https] as const satisfies readonly OptionRow[];
