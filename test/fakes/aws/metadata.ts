/**
 * What stands near a program in AWS, in plain HTTP on this machine: the instance's metadata service (version 2, with its
 * token), a container's credentials, and the portal of IAM Identity Center that `aws sso login` leads to.
 * Source: "Use the Instance Metadata Service", "Container credential provider" and the SSO portal's GetRoleCredentials.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface NearKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface FakeMetadata {
  readonly url: string;
  /** `GET /latest/meta-data/…`, in order. */
  readonly requests: string[];
  close(): Promise<void>;
}

const metadataToken = 'canary-metadata-token';

/** The SSO access token that the portal takes. */
export const ssoToken = 'canary-sso-access-token';

export async function startMetadata(keys: () => NearKeys): Promise<FakeMetadata> {
  const requests: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname, searchParams } = new URL(request.url!, 'http://metadata.example');
    requests.push(`${request.method!} ${pathname}`);
    const given = keys();
    const json = (value: object): void => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(value));
    };
    const expiration = (given.expiration ?? new Date(Date.now() + 3_600_000)).toISOString();
    const asJson = {
      Code: 'Success',
      AccessKeyId: given.accessKeyId,
      SecretAccessKey: given.secretAccessKey,
      Token: given.sessionToken,
      Expiration: expiration,
    };
    switch (`${request.method!} ${pathname}`) {
      case 'PUT /latest/api/token':
        response.end(metadataToken);
        return;
      case 'GET /latest/meta-data/iam/security-credentials/':
      case 'GET /latest/meta-data/iam/security-credentials/canary-role':
        if (request.headers['x-aws-ec2-metadata-token'] !== metadataToken) {
          response.writeHead(401).end();
        } else if (pathname.endsWith('/')) response.end('canary-role');
        else json(asJson);
        return;
      case 'GET /container':
        if (request.headers.authorization !== 'canary-container-token') response.writeHead(401).end();
        else json(asJson);
        return;
      case 'GET /federation/credentials':
        if (
          request.headers['x-amz-sso_bearer_token'] !== ssoToken ||
          searchParams.get('role_name') !== 'reader' ||
          searchParams.get('account_id') !== '123456789012'
        ) {
          response.writeHead(401, { 'x-amzn-errortype': 'UnauthorizedException' });
          json({ message: 'Session token not found or invalid' });
          return;
        }
        json({ roleCredentials: { ...given, expiration: Date.parse(expiration) } });
        return;
      default:
        response.writeHead(404).end();
    }
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
