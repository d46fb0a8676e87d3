/** Options of the local Redshift: what holds without any, and every mistake named. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.js';
import { readOptions, type LocalRedshiftOptions } from '../../../src/local/options.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = publicKey.export({ format: 'jwk' });

function problem(options: unknown): string {
  try {
    readOptions(options as LocalRedshiftOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError);
    return (error as Error).message;
  }
  return 'none';
}

describe('without options', () => {
  it('it listens on this machine only, with a login that anybody can type', () => {
    expect(readOptions()).toEqual({
      host: '127.0.0.1',
      port: undefined,
      user: 'awsuser',
      password: 'LocalRedshift1',
      database: 'dev',
      users: [],
      auth: 'auto',
      ssl: 'allowed',
      dataDirectory: undefined,
      identityProviders: [],
      temporaryUsers: undefined,
      now: undefined,
      log: undefined,
    });
  });

  it('the password keeps the rules that Redshift has for one', () => {
    const { password } = readOptions();
    expect(password).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[!-~]{8,64}$/);
    expect(encodeURIComponent(password)).toBe(password);
  });
});

describe('options', () => {
  it('are taken as they are', () => {
    const log = (): void => undefined;
    expect(
      readOptions({
        host: '::1',
        port: 0,
        user: 'u',
        password: 'p',
        database: 'd',
        auth: 'md5',
        ssl: 'required',
        dataDirectory: './x',
        log,
      }),
    ).toMatchObject({
      host: '::1',
      port: 0,
      user: 'u',
      password: 'p',
      database: 'd',
      auth: 'md5',
      ssl: 'required',
      dataDirectory: './x',
      log,
    });
    expect(readOptions({ ssl: false }).ssl).toBe('off');
    expect(readOptions({ ssl: true }).ssl).toBe('allowed');
  });

  it.each([
    [{ port: -1 }, 'Option port: must be a whole number from 0 to 65535'],
    [{ port: '5439' }, 'Option port: must be a whole number'],
    [{ port: 5439.5 }, 'Option port: must be a whole number'],
    [{ host: '' }, 'Option host: must be text'],
    [{ user: 'a\0b' }, 'Option user: must be text'],
    [{ user: 7 }, 'Option user: must be text'],
    [{ user: 'u'.repeat(58) }, 'Option user: must be at most 57 bytes long'],
    [{ user: 'PUBLIC' }, 'Option user: is a name that Redshift keeps for itself'],
    [{ user: 'pg_monitor' }, 'Option user: is a name'],
    [{ database: 'template1' }, 'Option database: is a name'],
    [{ password: '' }, 'Option password: must be text'],
    [{ auth: 'kerberos' }, 'Option auth: must be one of auto, trust, clear, md5, sha256, scram, token'],
    [{ auth: 'token' }, 'Option auth: "token" needs the option identityProvider'],
    [{ ssl: 'on' }, 'Option ssl: must be true, false or "required"'],
    [{ log: 'yes' }, 'Option log: must be a function'],
    [{ passwort: 'x' }, 'Option passwort: is unknown'],
    [{ users: 'bob' }, 'Option users: must be a list of users'],
    [{ users: [7] }, 'Option users[0]: must be an object'],
    [{ users: [{}] }, 'Option users[0].name: is missing'],
    [{ users: [{ name: 'bob' }, { name: 'bob' }] }, 'Option users[1].name: is already that of another user'],
    [{ users: { awsuser: 'x' } }, 'Option users.awsuser.name: is already that of another user'],
    [{ users: { bob: { groups: 'g' } } }, 'Option users.bob.groups: must be a list of texts'],
    [{ users: { bob: { groups: ['public'] } } }, 'Option users.bob.groups: is a name'],
    [{ users: { bob: { superuser: true } } }, 'Option users.bob.password: is missing; a superuser needs one'],
    [{ users: { bob: { admin: true } } }, 'Option users.bob.admin: is unknown'],
    [{ identityProvider: 'x' }, 'Option identityProvider: must be an object'],
    [{ identityProvider: { keys: [key] } }, 'Option identityProvider.issuer: is missing'],
    [{ identityProvider: { issuer: 'x', keys: [] } }, 'Option identityProvider.keys: must be a list'],
    [
      { identityProvider: { issuer: 'x', keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } },
      'Option identityProvider.keys[0]: is no RSA or EC public key',
    ],
    [
      { identityProvider: [{ issuer: 'x', keys: [key] }, 7] },
      'Option identityProvider[1]: must be an object',
    ],
    [
      { identityProvider: { issuer: 'x', keys: [key], type: 'azure' } },
      'Option identityProvider.type: must be one of AzureAD, AwsIdc, Okta',
    ],
    [{ temporaryUsers: 'IAM:x' }, 'Option temporaryUsers: must be a list of temporary users, or a function'],
    [{ temporaryUsers: [7] }, 'Option temporaryUsers[0]: must be an object'],
    [
      { temporaryUsers: [{ user: 'x', password: 'p', validUntil: new Date() }] },
      'Option temporaryUsers[0].user: must be a name behind IAM:, IAMA: or IAMR:',
    ],
    [{ temporaryUsers: [{ user: 'IAM:x', password: 'p', validUntil: 7 }] }, '[0].validUntil: must be a Date'],
    [{ temporaryUsers: [{ user: 'IAM:x', validUntil: new Date() }] }, '[0].password: is missing'],
    [{ now: 7 }, 'Option now: must be a function'],
    [
      { host: '0.0.0.0' },
      'Option host: 0.0.0.0 can be reached from other machines; give a password of your own',
    ],
    [{ host: '0.0.0.0', auth: 'trust', password: 'Own12345' }, 'does not go with auth "trust"'],
  ])('%j is refused by name', (options, message) => {
    expect(problem(options)).toContain(message);
  });

  it('are refused all at once', () => {
    const message = problem({ port: 'x', auth: 'y', users: [{ name: '' }] });
    expect(message).toMatch(/^4 problems with the options of the local Redshift:\n- /);
    for (const name of ['port', 'auth', 'users[0].name']) expect(message).toContain(`- ${name}: `);
  });

  it('no password is shown, wherever it stands', () => {
    const message = problem({
      user: 'PUBLIC',
      password: 'Canary123',
      users: { bob: { password: 'Canary456', nonsense: 'Canary789' }, eve: ['CanaryABC'] },
      auth: 'CanaryDEF',
    });
    expect(message).not.toContain('Canary');
  });

  it('has to be an object', () => {
    for (const options of [null, 'x', 7, []])
      expect(problem(options)).toContain('takes an object of options');
  });
});

describe('users', () => {
  it('come as a list or by name, and without a password they cannot use one', () => {
    const expected = [
      { name: 'bob', password: 'Bob12345', groups: [], superuser: false },
      { name: 'eve', password: null, groups: ['readers'], superuser: false },
    ];
    expect(readOptions({ users: { bob: 'Bob12345', eve: { groups: ['readers'] } } }).users).toEqual(expected);
    expect(
      readOptions({
        users: [
          { name: 'bob', password: 'Bob12345' },
          { name: 'eve', password: null, groups: ['readers'] },
        ],
      }).users,
    ).toEqual(expected);
  });

  it('are not confused by names that objects have', () => {
    const users = JSON.parse('{"__proto__": "Abc12345", "constructor": "Abc12345"}') as Record<
      string,
      string
    >;
    expect(readOptions({ users }).users.map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
  });
});

describe('an identity provider', () => {
  it('may be given a key set as it is published, and keeps no private part of a key', () => {
    const { identityProviders } = readOptions({
      identityProvider: { issuer: 'x', keys: { keys: [privateKey.export({ format: 'jwk' })] } },
    });
    expect(identityProviders[0]).toMatchObject({
      issuer: 'x',
      audiences: [],
      autoCreate: true,
      groupsClaim: 'groups',
    });
    const [provider] = identityProviders;
    expect(provider?.kind === 'signing' && provider.keys[0]?.key.type).toBe('public');
  });
});
