/**
 * The AWS keys of a login, given as options or found where the options point to. Keys that a plugin gives do not pass here.
 */
import { findKeys } from '../aws/keys.js';
import { unlessAborted } from '../aws/unless-aborted.js';
import type { KeySource } from '../config/login-config.js';
import type { AwsIo } from './cluster.js';
import { awsFailure } from './iam-errors.js';
import type { AwsKeys } from './provider.js';

/**
 * The keys themselves: given, or found where the options point to. Those that expire are kept in this process and
 * fetched anew five minutes before.
 *
 * @throws AuthenticationError that lists the ways to give AWS credentials
 */
export async function awsKeys(source: Exclude<KeySource, { kind: 'provider' }>, io: AwsIo): Promise<AwsKeys> {
  if (source.kind === 'keys') {
    const { accessKeyId, secretAccessKey, sessionToken } = source;
    const [id, secret, token] = await unlessAborted(
      Promise.all([accessKeyId.read(), secretAccessKey.read(), sessionToken?.read()]),
      io.signal,
    );
    return {
      accessKeyId: id,
      secretAccessKey: secret,
      ...(token === undefined ? {} : { sessionToken: token }),
    };
  }
  io.http.asked?.('options', 'AWS credentials from where the AWS SDK looks for them');
  try {
    return await findKeys(source, io.region, io.http, io.signal);
  } catch (error) {
    io.signal.throwIfAborted();
    const hint = whereToLook(source);
    throw awsFailure(error, {
      action: undefined,
      stage: 'options',
      hints: hint === undefined ? undefined : { CredentialsProviderError: hint },
    });
  }
}

function whereToLook(source: KeySource): string | undefined {
  if (source.kind === 'profile') {
    const { profile } = source;
    return `check profile "${profile}" in the AWS config and credentials files; if it logs in by SSO: aws sso login --profile ${profile}; a plugin_name in it is not read: give credentialsProvider`;
  }
  return source.kind === 'instance'
    ? 'instanceProfile needs an EC2 instance with a role whose metadata service answers'
    : undefined;
}
