/** What the fake AWS knows: who may call, which clusters and workgroups there are, and what it has given out. */
import { randomBytes } from 'node:crypto';
import { FakeAwsError } from './errors.js';

/** Somebody whose requests are believed. */
export interface FakeIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary credentials: every request has to carry it. */
  readonly sessionToken?: string;
  /** `arn:aws:iam::123456789012:user/canary`, or an assumed role. */
  readonly arn: string;
  /** From then on: ExpiredToken. */
  readonly expiration?: Date;
  /** Actions that no policy allows: `redshift:GetClusterCredentials`. */
  readonly denied?: readonly string[];
}

export interface FakeCluster {
  readonly region: string;
  readonly identifier: string;
  /** Absent while a cluster is being created. */
  readonly address?: string;
  readonly port?: number;
  readonly customDomainNames?: readonly string[];
}

export interface FakeWorkgroup {
  readonly region: string;
  readonly name: string;
  readonly address?: string;
  readonly port?: number;
  readonly customDomainNames?: readonly string[];
}

/** A temporary database login that was given out, as the database would know it. */
export interface MintedLogin {
  /** With its prefix: `IAM:alice`. */
  readonly user: string;
  readonly password: string;
  readonly validUntil: Date;
  readonly groups: readonly string[];
  readonly database: string | undefined;
  readonly autoCreate: boolean;
  readonly region: string;
  readonly cluster?: string;
  readonly workgroup?: string;
  /** Who asked. */
  readonly arn: string;
}

/** A token of GetIdentityCenterAuthToken. */
export interface MintedToken {
  readonly token: string;
  readonly validUntil: Date;
  readonly region: string;
  readonly targets: readonly string[];
}

export interface SamlRequest {
  /** Base64, exactly as it was sent. */
  readonly assertion: string;
  readonly roleArn: string;
  readonly principalArn: string;
  readonly region: string;
}

export interface WebIdentityRequest {
  readonly token: string;
  readonly roleArn: string;
  readonly sessionName: string;
}

/** One login at Identity Center, as CreateToken has to find it. */
export interface IdentityCenterGrant {
  readonly clientId: string;
  readonly redirectUri: string;
  /** S256. */
  readonly codeChallenge: string;
}

export class World {
  /** The account that everything is in. */
  readonly account = '123456789012';
  /** The user whose keys the tests have; more are pushed by tests. */
  readonly user: FakeIdentity = {
    accessKeyId: 'AKIACANARYACCESSKEY1',
    secretAccessKey: 'canary/Secret+Access=Key/0123456789abcdef',
    arn: 'arn:aws:iam::123456789012:user/canary',
  };
  readonly identities: FakeIdentity[] = [this.user];
  readonly clusters: FakeCluster[] = [];
  readonly workgroups: FakeWorkgroup[] = [];
  /** AuthenticationProfileContent by region and name: `us-east-1/reports`. */
  readonly authenticationProfiles = new Map<string, string>();
  /** Everything that was given out, oldest first. */
  readonly logins: MintedLogin[] = [];
  readonly tokens: MintedToken[] = [];
  /** Clients of RegisterClient: secret and redirect URIs by client id. */
  readonly clients = new Map<
    string,
    { secret: string; redirectUris: readonly string[]; issuerUrl: string }
  >();
  /** Grants by code; a code is taken once. */
  readonly grants = new Map<string, IdentityCenterGrant>();
  /** Access tokens of CreateToken. */
  readonly accessTokens: string[] = [];
  /** What the clock of AWS says. */
  now: () => Date = () => new Date();
  /** Seconds that a login is valid when the request does not say. */
  loginSeconds = 900;
  /** Seconds that the token of GetIdentityCenterAuthToken, and of CreateToken, is valid. */
  tokenSeconds = 900;
  /** Judges an assertion; throws FakeAwsError. Without it no assertion is believed. */
  saml: ((request: SamlRequest) => void) | undefined;
  /** Judges a web identity token; throws FakeAwsError. Without it no token is believed. */
  webIdentity: ((request: WebIdentityRequest) => void) | undefined;

  /** For `temporaryUsers` of the local Redshift: what the database may be asked about. */
  loginsOf(user: string): MintedLogin[] {
    return this.logins.filter((login) => login.user === user);
  }

  /** @throws FakeAwsError InvalidClientTokenId, ExpiredToken */
  identify(accessKeyId: string, sessionToken: string | string[] | undefined): FakeIdentity {
    const found = this.identities.find((identity) => identity.accessKeyId === accessKeyId);
    if (found === undefined || found.sessionToken !== sessionToken) {
      throw new FakeAwsError(
        'InvalidClientTokenId',
        'The security token included in the request is invalid.',
        403,
      );
    }
    if (found.expiration !== undefined && found.expiration <= this.now()) {
      throw new FakeAwsError('ExpiredToken', 'The security token included in the request is expired', 403);
    }
    return found;
  }

  /** @throws FakeAwsError AccessDenied */
  authorize(identity: FakeIdentity, action: string, resource: string): void {
    if (identity.denied?.includes(action) !== true) return;
    throw new FakeAwsError(
      'AccessDenied',
      `User: ${identity.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
      403,
    );
  }

  /** Keys of a role session, believed from now on. */
  assume(
    roleArn: string,
    sessionName: string,
    seconds: number,
  ): FakeIdentity & { readonly expiration: Date } {
    const session = {
      accessKeyId: `ASIACANARY${randomBytes(5).toString('hex').toUpperCase()}`,
      secretAccessKey: `canary/role+secret/${randomBytes(10).toString('hex')}`,
      sessionToken: `canary+session/token==${randomBytes(30).toString('base64')}`,
      arn: `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${sessionName}`,
      expiration: this.inSeconds(seconds),
    };
    this.identities.push(session);
    return session;
  }

  mint(login: Omit<MintedLogin, 'password' | 'validUntil'>, seconds: number | undefined): MintedLogin {
    const minted = {
      ...login,
      // A name of no characters is none.
      database: login.database === '' ? undefined : login.database,
      password: `canaryDbPassword/${randomBytes(24).toString('base64')}`,
      validUntil: this.inSeconds(seconds ?? this.loginSeconds),
    };
    this.logins.push(minted);
    return minted;
  }

  mintToken(region: string, targets: readonly string[]): MintedToken {
    const minted = {
      token: `canary-identity-center-token-${randomBytes(16).toString('hex')}`,
      validUntil: this.inSeconds(this.tokenSeconds),
      region,
      targets,
    };
    this.tokens.push(minted);
    return minted;
  }

  /** AWS tells times in whole seconds. */
  inSeconds(seconds: number): Date {
    return new Date(Math.floor(this.now().getTime() / 1000 + seconds) * 1000);
  }
}
