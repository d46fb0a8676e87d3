/**
 * Redshift authentication profiles: options that an administrator keeps in AWS. Only fetched here; src/config reads them.
 */
import { redshift } from '../aws/clients.js';
import type { ProfileRequest } from '../config/login-config.js';
import { AuthenticationError } from '../errors.js';
import { awsKeys } from './aws-keys.js';
import type { AwsIo } from './cluster.js';
import { awsFailure } from './iam-errors.js';
import type { AwsKeys } from './provider.js';

/**
 * `AuthenticationProfileContent` of a Redshift authentication profile, as AWS has it: JSON, to be read by whoever knows
 * the options.
 *
 * @param known the keys of the request, where they have been read
 * @throws AuthenticationError that names the profile
 */
export async function readAuthProfile(request: ProfileRequest, io: AwsIo, known?: AwsKeys): Promise<string> {
  const { name, region, endpointUrl } = request;
  const keys = known ?? (await awsKeys(request.keys, io));
  const settings = { region, keys, endpointUrl, http: io.http, signal: io.signal };
  try {
    const { AuthenticationProfiles } = await redshift(settings, (api, options) =>
      api.describeAuthenticationProfiles({ AuthenticationProfileName: name }, options),
    );
    const content = AuthenticationProfiles?.[0]?.AuthenticationProfileContent;
    if (content !== undefined) return content;
  } catch (error) {
    io.signal.throwIfAborted();
    throw awsFailure(error, {
      action: 'DescribeAuthenticationProfiles',
      subject: `"${name}"`,
      stage: 'redshift api',
      keys,
    });
  }
  throw new AuthenticationError(`Redshift has no authentication profile "${name}" in ${region}`, {
    stage: 'redshift api',
    hint: 'check authProfile and region',
  });
}
