/**
 * The members of each request as the service model spells them: a member that is missing, misspelt, of another type or
 * out of bounds is refused, which the real services do for most of these and silently do not for the rest.
 * Source: the service models that AWS publishes with its SDKs, and the API references of Amazon Redshift (2012-12-01), Redshift Serverless (2021-04-21), STS (2011-06-15) and
 * IAM Identity Center OIDC (2019-06-10).
 */
import { FakeAwsError } from './errors.js';

type Kind =
  | 'text'
  /** A text of the service model's length and pattern. */
  | { readonly matching: RegExp }
  | 'boolean'
  /** A list; of the query protocol, `DbGroups.DbGroup.1` has the item name `DbGroup`. */
  | { readonly list: string }
  | { readonly from: number; readonly to: number };

interface Member {
  readonly kind: Kind;
  readonly required?: true;
}

const text: Member = { kind: 'text' };
const needed: Member = { kind: 'text', required: true };
const arn: Member = { kind: { matching: /^[\t\n\r\x20-\x7e]{20,2048}$/ }, required: true };
const sessionName: Member = { kind: { matching: /^[\w+=,.@-]{2,64}$/ }, required: true };
const domain = /^(?=.{1,253}$)((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9]\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])$/;
// The model wants three characters at least.
const workgroup = /^[a-z0-9-]{2,64}$/;
const seconds = (from: number, to: number): Member => ({ kind: { from, to } });

export const requests: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Member>>>>>> =
  {
    redshift: {
      GetClusterCredentials: {
        DbUser: needed,
        DbName: text,
        ClusterIdentifier: text,
        DurationSeconds: seconds(900, 3600),
        AutoCreate: { kind: 'boolean' },
        DbGroups: { kind: { list: 'DbGroup' } },
        CustomDomainName: text,
      },
      GetClusterCredentialsWithIAM: {
        DbName: text,
        ClusterIdentifier: text,
        DurationSeconds: seconds(900, 3600),
        CustomDomainName: text,
      },
      GetIdentityCenterAuthToken: { ClusterIds: { kind: { list: 'ClusterIdentifier' }, required: true } },
      DescribeClusters: { ClusterIdentifier: text, MaxRecords: seconds(20, 100), Marker: text },
      DescribeCustomDomainAssociations: {
        CustomDomainName: { kind: { matching: domain } },
        CustomDomainCertificateArn: text,
        MaxRecords: seconds(20, 100),
        Marker: text,
      },
      DescribeAuthenticationProfiles: {
        AuthenticationProfileName: { kind: { matching: /^[a-zA-Z0-9-]{1,63}$/ } },
      },
    },
    'redshift-serverless': {
      GetCredentials: {
        dbName: text,
        durationSeconds: seconds(900, 3600),
        workgroupName: { kind: { matching: workgroup } },
        customDomainName: { kind: { matching: domain } },
      },
      GetWorkgroup: { workgroupName: { kind: { matching: workgroup }, required: true } },
      GetIdentityCenterAuthToken: { workgroupNames: { kind: { list: '' }, required: true } },
    },
    sts: {
      AssumeRoleWithSAML: {
        RoleArn: arn,
        PrincipalArn: arn,
        SAMLAssertion: needed,
        DurationSeconds: seconds(900, 43_200),
      },
      AssumeRoleWithWebIdentity: {
        RoleArn: arn,
        RoleSessionName: sessionName,
        WebIdentityToken: needed,
        DurationSeconds: seconds(900, 43_200),
      },
      AssumeRole: {
        RoleArn: arn,
        RoleSessionName: sessionName,
        DurationSeconds: seconds(900, 43_200),
        ExternalId: text,
      },
      GetCallerIdentity: {},
    },
    'sso-oidc': {
      RegisterClient: {
        clientName: needed,
        clientType: needed,
        scopes: { kind: { list: '' } },
        redirectUris: { kind: { list: '' } },
        grantTypes: { kind: { list: '' } },
        issuerUrl: text,
      },
      CreateToken: {
        clientId: needed,
        clientSecret: needed,
        grantType: needed,
        code: text,
        codeVerifier: text,
        redirectUri: text,
        refreshToken: text,
        scope: { kind: { list: '' } },
      },
    },
  };

/** What a request asks for: text, number, boolean or list by member name. */
export type Members = Readonly<Record<string, unknown>>;

/** Reads `DbGroups.DbGroup.1=a&AutoCreate=true`; the two members of every query request are left out. */
export function readQuery(service: string, action: string, form: URLSearchParams): Members {
  const shape = shapeOf(service, action);
  const given: Record<string, unknown> = {};
  for (const [name, value] of form) {
    if (name === 'Action' || name === 'Version') continue;
    const [member = '', item, index, ...more] = name.split('.');
    const kind = Object.hasOwn(shape, member) ? shape[member]!.kind : undefined;
    if (typeof kind === 'object' && 'list' in kind) {
      const list = (given[member] ??= []) as unknown[];
      // An empty list is `DbGroups=` in the query protocol.
      if (item === undefined && value === '') continue;
      if (item !== kind.list || index !== String(list.length + 1) || more.length > 0) throw unknown(name);
      list.push(value);
      continue;
    }
    if (kind === undefined || item !== undefined || name in given) throw unknown(name);
    given[name] =
      kind === 'boolean' && /^(true|false)$/.test(value)
        ? value === 'true'
        : typeof kind === 'object' && /^\d+$/.test(value)
          ? Number(value)
          : value;
  }
  return check(shape, given);
}

export function readJson(service: string, action: string, body: string): Members {
  let given: unknown;
  try {
    given = JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw new FakeAwsError('SerializationException', 'The body is not JSON');
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new FakeAwsError('SerializationException', 'The body is not a JSON object');
  }
  return check(shapeOf(service, action), given as Record<string, unknown>);
}

function shapeOf(service: string, action: string): Readonly<Record<string, Member>> {
  const actions = requests[service] ?? {};
  if (!Object.hasOwn(actions, action)) {
    throw new FakeAwsError('InvalidAction', `Could not find operation ${action} of ${service}`);
  }
  return actions[action]!;
}

function unknown(name: string): FakeAwsError {
  return new FakeAwsError('ValidationError', `${name} is no member of this request`);
}

function check(shape: Readonly<Record<string, Member>>, given: Members): Members {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(shape, name)) throw unknown(name);
    const { kind } = shape[name]!;
    const good =
      kind === 'text'
        ? typeof value === 'string'
        : typeof kind === 'object' && 'matching' in kind
          ? typeof value === 'string' && kind.matching.test(value)
          : kind === 'boolean'
            ? typeof value === 'boolean'
            : 'list' in kind
              ? Array.isArray(value) && value.every((item) => typeof item === 'string')
              : Number.isInteger(value) && (value as number) >= kind.from && (value as number) <= kind.to;
    if (!good) {
      throw new FakeAwsError(
        'ValidationError',
        `Value '${String(value)}' at '${name}' failed to satisfy constraint`,
      );
    }
  }
  for (const [name, { required }] of Object.entries(shape)) {
    const value = given[name];
    if (required && (value === undefined || value === '' || (Array.isArray(value) && value.length === 0))) {
      throw new FakeAwsError('ValidationError', `The request must contain the parameter ${name}`);
    }
  }
  return given;
}
