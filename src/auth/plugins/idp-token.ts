/**
 * IdpTokenAuthPlugin: IAM Identity Center with a token that was fetched elsewhere, or with identity-enhanced AWS keys, which
 * GetIdentityCenterAuthToken changes into one. It opens no browser and keeps no token.
 */
import { identityCenterToken } from '../../aws/clients.js';
import { AuthenticationError } from '../../errors.js';
import { ask } from '../ask.js';
import { awsFailure } from '../iam-errors.js';
import type { AwsKeys, Plugin, PluginOptions, ProvidedCredentials, ProviderContext } from '../provider.js';
import { tokenText } from '../token-text.js';

const name = 'IdpTokenAuthPlugin';
const action = 'GetIdentityCenterAuthToken';

/** The call of the AWS API, as src/aws makes it. */
export type IdentityCenterToken = typeof identityCenterToken;

/** @internal with the call to make, for tests */
export function idpTokenPlugin(call: IdentityCenterToken): Plugin {
  return {
    name,
    // Identity Center takes an external token once.
    reusable: false,
    async get(context) {
      const route = routeOf(context.options);
      return route.kind === 'token'
        ? { kind: 'token', token: await tokenText(route.token, 'token', context), tokenType: route.tokenType }
        : throughAws(route, context, call);
    },
  };
}

/** With the AWS SDK, which is loaded when keys have to be changed into a token. */
export const idpToken = idpTokenPlugin(identityCenterToken);

type Options = PluginOptions;
type Given<Key extends keyof Options> = NonNullable<Options[Key]>;

type Route =
  | { readonly kind: 'token'; readonly token: Given<'token'>; readonly tokenType: string }
  | {
      readonly kind: 'keys';
      readonly accessKeyId: Given<'accessKeyId'>;
      readonly secretAccessKey: Given<'secretAccessKey'>;
      readonly sessionToken: Given<'sessionToken'>;
    };

/** Exactly one of the two ways, and that one whole. @throws AuthenticationError, stage `options`, with all that is wrong */
function routeOf(options: Options): Route {
  const { token, tokenType, accessKeyId, secretAccessKey, sessionToken } = options;
  const keys = { accessKeyId, secretAccessKey, sessionToken };
  const given = (of: object): string[] =>
    Object.entries(of).flatMap(([option, value]) => (value === undefined ? [] : [option]));
  const missing = (of: object): string[] => Object.keys(of).filter((option) => !given(of).includes(option));
  const ofToken = given({ token, tokenType });
  const ofKeys = given(keys);
  if (ofToken.length > 0 && ofKeys.length > 0) {
    throw wrong(`takes a token or AWS keys, not both; given were ${[...ofToken, ...ofKeys].join(', ')}`);
  }
  if (ofToken.length === 0 && ofKeys.length === 0) throw wrong('needs a token or AWS keys');
  if (token !== undefined && tokenType !== undefined) return { kind: 'token', token, tokenType };
  if (accessKeyId !== undefined && secretAccessKey !== undefined && sessionToken !== undefined) {
    return { kind: 'keys', accessKeyId, secretAccessKey, sessionToken };
  }
  const lacking = ofToken.length > 0 ? missing({ token, tokenType }) : missing(keys);
  throw wrong(`lacks ${lacking.join(' and ')}`);
}

function wrong(what: string): AuthenticationError {
  return new AuthenticationError(`${name} ${what}`, {
    plugin: name,
    stage: 'options',
    hint: 'give token and tokenType (ACCESS_TOKEN or EXT_JWT), or accessKeyId, secretAccessKey and sessionToken of identity-enhanced credentials',
  });
}

async function throughAws(
  route: Extract<Route, { kind: 'keys' }>,
  { options, http, signal, log }: ProviderContext,
  call: IdentityCenterToken,
): Promise<ProvidedCredentials> {
  const { service, target, region } = placeOf(options);
  const read = (option: 'accessKeyId' | 'secretAccessKey' | 'sessionToken'): Promise<string> =>
    ask(route[option], option, signal, { plugin: name });
  const keys: AwsKeys = {
    accessKeyId: await read('accessKeyId'),
    secretAccessKey: await read('secretAccessKey'),
    sessionToken: await read('sessionToken'),
  };
  const subject = `${service === 'serverless' ? 'work group' : 'cluster'} ${target} in ${region}`;
  log('debug', `${name}: ${action} of ${subject}`);
  const { endpointUrl } = options;
  let answer: Awaited<ReturnType<IdentityCenterToken>>;
  try {
    answer = await call({ service, name: target, region, endpointUrl, keys, signal }, http);
  } catch (cause) {
    signal.throwIfAborted();
    throw awsFailure(cause, { action, subject, stage: 'redshift api', plugin: name, keys });
  }
  const { token = '', expiration } = answer;
  if (token === '') {
    throw new AuthenticationError(`${action} gave no token of ${subject}`, {
      plugin: name,
      stage: 'redshift api',
      hint: 'the keys have to be identity-enhanced, and the cluster or work group has to be an application of Identity Center',
    });
  }
  return {
    kind: 'token',
    token,
    tokenType: 'SUBJECT_TOKEN',
    ...(expiration === undefined ? {} : { expiration }),
  };
}

/** @throws AuthenticationError, stage `options`, naming all that the host does not tell and no option says */
function placeOf(options: Options): {
  readonly service: 'provisioned' | 'serverless';
  readonly target: string;
  readonly region: string;
} {
  const { region, clusterIdentifier, serverlessWorkGroup, isServerless = false } = options;
  const serverless = isServerless || (serverlessWorkGroup !== undefined && clusterIdentifier === undefined);
  const target = serverless ? serverlessWorkGroup : clusterIdentifier;
  if (region !== undefined && target !== undefined) {
    return { service: serverless ? 'serverless' : 'provisioned', target, region };
  }
  const option = serverless ? 'serverlessWorkGroup' : 'clusterIdentifier or serverlessWorkGroup';
  const missing = [...(region === undefined ? ['region'] : []), ...(target === undefined ? [option] : [])];
  throw new AuthenticationError(`${name} with AWS keys needs ${missing.join(' and ')}`, {
    plugin: name,
    stage: 'options',
    hint: 'the host does not tell, since it is no name of AWS; give them as options',
  });
}
