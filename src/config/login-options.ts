/**
 * The rows of the options table for logins with AWS's temporary credentials and through identity providers.
 * login-rules.ts says what goes with what, providers.ts which plugin takes which of them.
 */
import type { OptionRow } from './option-types.js';

// prettier-ignore
const iam = [
  { name: 'iam', type: { is: 'boolean' }, default: false, aliases: ['IamAuth'], doc: 'Log in with temporary credentials from AWS: by AWS keys, or through a provider that gives some.' },
  { name: 'accessKeyId', type: { is: 'secret' }, aliases: ['AccessKeyID'], doc: 'AWS access key, with `secretAccessKey`.' },
  { name: 'secretAccessKey', type: { is: 'secret' }, aliases: ['SecretAccessKey'], doc: 'AWS secret key.' },
  { name: 'sessionToken', type: { is: 'secret' }, aliases: ['SessionToken'], doc: 'AWS session token.' },
  { name: 'profile', type: { is: 'string' }, aliases: ['Profile'], doc: 'Profile of the AWS configuration files to take AWS keys from.' },
  { name: 'instanceProfile', type: { is: 'boolean' }, default: false, aliases: ['InstanceProfile'], doc: "Credentials of the EC2 instance's role." },
  { name: 'authProfile', type: { is: 'string' }, aliases: ['AuthProfile'], doc: 'Redshift authentication profile to take options from; what is given beside it wins.' },
  { name: 'clusterIdentifier', type: { is: 'string' }, aliases: ['ClusterID', 'ClusterId'], doc: 'The cluster, where the host name does not tell.' },
  { name: 'region', type: { is: 'string' }, aliases: ['Region'], doc: 'AWS region, where the host name does not tell.' },
  { name: 'endpointUrl', type: { is: 'string' }, aliases: ['EndpointUrl', 'EndPointUrl'], doc: 'Another endpoint of the Redshift API.' },
  { name: 'stsEndpointUrl', type: { is: 'string' }, aliases: ['StsEndpointUrl'], doc: 'Another endpoint of AWS STS.' },
  { name: 'dbUser', type: { is: 'string' }, aliases: ['DbUser'], doc: 'The database user that temporary credentials are for; a workgroup takes the AWS identity.' },
  { name: 'dbGroups', type: { is: 'list' }, aliases: ['DbGroups'], doc: 'Database groups to join for this session.' },
  { name: 'dbGroupsFilter', type: { is: 'string' }, aliases: ['DbGroupsFilter', 'dbgroups_filter'], doc: 'Regular expression: groups of a SAML assertion whose whole name fits are left out.' },
  { name: 'autoCreate', type: { is: 'boolean' }, default: false, aliases: ['AutoCreate'], doc: 'Create the database user if it does not exist.' },
  { name: 'forceLowercase', type: { is: 'boolean' }, default: false, aliases: ['ForceLowercase'], doc: '`true` lower-cases `dbGroups`; `false` leaves the groups of a SAML assertion as they are, which else are lower-cased.' },
  { name: 'allowDbUserOverride', type: { is: 'boolean' }, default: false, aliases: ['AllowDBUserOverride'], doc: 'Let the database user of a SAML assertion win over `dbUser`; `false` forbids it where the assertion asks for it.' },
  { name: 'iamDuration', type: { is: 'integer', min: 900, max: 3600 }, aliases: ['IAMDuration', 'duration'], doc: 'Seconds that temporary credentials are valid; without it AWS decides (900 for a database login).' },
  { name: 'iamDisableCache', type: { is: 'boolean' }, default: false, aliases: ['IAMDisableCache', 'DisableCache'], doc: 'Fetch credentials, and what AWS says of a cluster or a profile, anew for every connection.' },
  { name: 'credentialsCache', type: { is: 'object', functions: ['get', 'set', 'delete'] }, defaultNote: 'in memory', doc: 'Where credentials are kept until they expire: an object with `get`, `set` and `delete`. What it is given are secrets.' },
  { name: 'groupFederation', type: { is: 'boolean' }, default: false, doc: 'The AWS identity itself is the database user (GetClusterCredentialsWithIAM).' },
  { name: 'isServerless', type: { is: 'boolean' }, default: false, aliases: ['Serverless'], doc: 'The endpoint is Redshift Serverless, where the host name does not tell.' },
  { name: 'serverlessAcctId', type: { is: 'string' }, doc: 'AWS account of the workgroup.' },
  { name: 'serverlessWorkGroup', type: { is: 'string' }, aliases: ['Workgroup'], doc: 'The workgroup, where the host name does not tell.' },
] as const satisfies readonly OptionRow[];

// prettier-ignore
const plugins = [
  { name: 'credentialsProvider', type: { is: 'provider' }, aliases: ['plugin_name', 'pluginName'], doc: 'The identity provider plugin to log in with (see Logins), or a function or object of your own.' },
  { name: 'sslInsecure', type: { is: 'boolean' }, default: false, doc: "Do not check the identity provider's certificate; never concerns the database." },
  { name: 'idpHost', type: { is: 'string' }, doc: 'Host of the identity provider: AD FS, Okta, PingFederate.' },
  { name: 'idpPort', type: { is: 'integer', min: 1, max: 65535 }, default: 443, doc: 'Port of the identity provider.' },
  { name: 'appId', type: { is: 'string' }, doc: 'Okta application id, the end of its embed link.' },
  { name: 'appName', type: { is: 'string' }, default: 'amazon_aws_redshift', doc: 'Okta application name, in front of the id in its embed link.' },
  { name: 'preferredRole', type: { is: 'string' }, doc: 'ARN of the role to assume, where a SAML assertion offers several; else the first.' },
  { name: 'principalArn', type: { is: 'string' }, doc: 'Of other drivers; passed over, since the assertion names the SAML provider.' },
  { name: 'loginToRp', type: { is: 'string' }, default: 'urn:amazon:webservices', doc: 'Relying party of AD FS.' },
  { name: 'partnerSpId', type: { is: 'string' }, defaultNote: '`urn:amazon:webservices`', aliases: ['partner_spid'], doc: 'Partner id of PingFederate.' },
  { name: 'loginUrl', type: { is: 'string' }, doc: 'Page of the identity provider that `BrowserSamlCredentialsProvider` opens.' },
  { name: 'expectedIssuer', type: { is: 'string' }, doc: 'The identity provider (its entity ID) whose SAML response is taken from the browser; default any that AWS trusts for the role.' },
  { name: 'authTimeout', type: { is: 'seconds', likely: 3600 }, default: 120, aliases: ['idpResponseTimeout', 'idp_response_timeout'], doc: "Seconds for AWS and the identity provider together, the user's part in the browser included; at least 10." },
  { name: 'listenPort', type: { is: 'integer', min: 0, max: 65535 }, defaultNote: '7890; any free port for Microsoft Entra', doc: 'Local port to which the browser brings the answer; 0 is any free one.' },
  { name: 'idpTenant', type: { is: 'string' }, doc: 'Microsoft Entra tenant: its id, or a domain of it.' },
  { name: 'clientId', type: { is: 'secret' }, doc: 'Client id of the application in Microsoft Entra.' },
  { name: 'clientSecret', type: { is: 'secret' }, doc: 'Client secret of the application in Microsoft Entra.' },
  { name: 'scope', type: { is: 'string' }, doc: 'Scope that `BrowserAzureOAuth2CredentialsProvider` asks for beside `openid`.' },
  { name: 'idpPartition', type: { is: 'enum', values: ['', 'commercial', 'us-gov', 'cn'] }, default: '', defaultNote: '`commercial`', doc: 'Microsoft cloud: `commercial`, `us-gov` or `cn`.' },
  { name: 'webIdentityToken', type: { is: 'secret', source: true }, doc: 'JSON Web Token of the JWT plugins, or a function that gives it, called once a login.' },
  { name: 'roleArn', type: { is: 'string' }, doc: 'The role that the token of JwtIamAuthPlugin stands for: its ARN.' },
  { name: 'roleSessionName', type: { is: 'string' }, default: 'jwt_redshift_session', doc: "The name of that role's session, as CloudTrail shows it." },
  { name: 'issuerUrl', type: { is: 'string' }, doc: 'Issuer of the IAM Identity Center instance.' },
  { name: 'idcRegion', type: { is: 'string' }, doc: 'AWS region of IAM Identity Center.' },
  { name: 'samlAssertion', type: { is: 'secret', source: true }, doc: 'The base64 SAML response that was fetched elsewhere, or a function that gives it, called once a login.' },
  { name: 'openBrowser', type: { is: 'function' }, doc: 'Called with the address of the page to log in at, for machines without a browser. Connections share a login by the same function only.' },
] as const satisfies readonly OptionRow[];

// prettier-ignore
const https = [
  { name: 'proxy', type: { is: 'secret' }, doc: '`http://[user:password@]host:port`: the proxy for AWS and identity providers, in place of `HTTPS_PROXY`; empty is none. Not for the database.' },
  { name: 'httpsCa', type: { is: 'file' }, doc: "A path or PEM text of certificates to trust for AWS and identity providers, beside Node's own." },
] as const satisfies readonly OptionRow[];

export const loginOptions = [...iam, ...plugins, ...https] as const satisfies readonly OptionRow[];
