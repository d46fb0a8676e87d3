import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { connect, RedshiftError, type ConnectOptions } from '../../../src/index.js';
import { createAuthority, loopbackNames } from '../../../src/local/certificate.js';
import { startScriptedServer } from '../../scripted/server.js';

const base: ConnectOptions = {
  host: '127.0.0.1',
  database: 'dev',
  user: 'alice',
  password: 'Secret1!',
  sslmode: 'disable',
  autocommit: true,
  connectTimeout: 2,
  closeTimeout: 1,
};

const rest = `
< AuthenticationOk
< ParameterStatus name="server_protocol_version" value="2"
< BackendKeyData processId=1 secretKey=2
< ReadyForQuery status="I"
> Terminate`;

/** Plays the transcript; gives the error of connect, or undefined when it got through and closed. */
async function login(transcript: string, options: ConnectOptions = {}): Promise<RedshiftError | undefined> {
  const server = await startScriptedServer(transcript);
  try {
    const conn = await connect({ ...base, ...options, port: server.port });
    await conn.close();
    await server.done();
    return undefined;
  } catch (error) {
    if (!(error instanceof RedshiftError)) throw error;
    for (const text of [
      String(error),
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
    ]) {
      expect(text).not.toContain('Secret1!');
      expect(text).not.toContain('planted-token');
    }
    return error;
  } finally {
    await server.close();
  }
}

describe('the startup packet', () => {
  it('says who we are to Redshift, byte for byte', async () => {
    const server = await startScriptedServer(`> StartupMessage ...${rest}`);
    const conn = await connect({ ...base, port: server.port, applicationName: 'app' });
    await conn.close();
    const [packet] = server.connections[0]!.messages;
    expect(packet).toEqual({
      type: 'StartupMessage',
      parameters: [
        ['user', 'alice'],
        ['database', 'dev'],
        ['application_name', 'app'],
        ['client_protocol_version', '2'],
        ['driver_version', expect.stringMatching(/^Redshift Node\.js Driver \d/)],
        ['os_version', expect.stringMatching(/^\w+ \S+ \w+$/)],
        ['driver_discovery_version', '1'],
        ['client_encoding', 'UTF8'],
        ['DateStyle', 'ISO'],
        ['extra_float_digits', '2'],
      ],
    });
    await server.close();
  });

  it('leaves out what only Redshift knows for protocol postgresql', async () => {
    const server = await startScriptedServer(`> StartupMessage ...${rest}`);
    const conn = await connect({ ...base, port: server.port, protocol: 'postgresql' });
    await conn.close();
    const [packet] = server.connections[0]!.messages;
    const keys = packet?.type === 'StartupMessage' ? packet.parameters.map(([key]) => key) : [];
    expect(keys).toEqual([
      'user',
      'database',
      'application_name',
      'client_encoding',
      'DateStyle',
      'extra_float_digits',
      'IntervalStyle',
    ]);
    await server.close();
  });

  it('never carries a NUL of an option: nothing is sent at all', async () => {
    for (const name of ['user', 'database', 'applicationName', 'password', 'searchPath', 'options', 'host']) {
      const error = await connect({ ...base, port: 1, [name]: 'x\0user\0admin' }).catch(
        (caught: unknown) => caught,
      );
      expect(error, name).toMatchObject({ name: 'ArgumentError' });
      expect((error as Error).message).toContain(name);
    }
  });
});

describe('login', () => {
  it('without a question (0), in clear text (3), by MD5 (5)', async () => {
    expect(await login(`> StartupMessage ...${rest}`)).toBeUndefined();
    expect(
      await login(
        `> StartupMessage ...\n< AuthenticationCleartextPassword\n> PasswordMessage password="Secret1!"${rest}`,
        { allowCleartextPassword: true },
      ),
    ).toBeUndefined();
    // The vector of the protocol's MD5 rule for alice and this salt.
    expect(
      await login(
        `> StartupMessage ...\n< AuthenticationMD5Password salt=\\x01020304\n> PasswordMessage password="md557143ffedb4e4ad09e01d3911e2defd2"${rest}`,
      ),
    ).toBeUndefined();
  });

  it("by Redshift's SHA-256 digest (13), with salts and nonces of any length", async () => {
    expect(await login(`> StartupMessage ...\n! digest "Secret1!"${rest}`)).toBeUndefined();
    for (const [salt, nonce] of [
      ['0001020304050607', '01020304'],
      ['ff'.repeat(200), '20'.repeat(64)],
    ] as const) {
      const server = await startScriptedServer(
        `> StartupMessage ...\n< AuthenticationDigest algorithm=0 salt=\\x${salt} serverNonce=\\x${nonce}\n> DigestResponse digest=* clientNonce=*${rest}`,
      );
      const conn = await connect({ ...base, port: server.port });
      await conn.close();
      const reply = server.connections[0]!.messages.find(({ type }) => type === 'DigestResponse');
      if (reply?.type !== 'DigestResponse') throw new Error('no digest came');
      const sha256 = (...parts: Uint8Array[]): Buffer =>
        createHash('sha256').update(Buffer.concat(parts)).digest();
      const inner = sha256(Buffer.from('Secret1!'), Buffer.from(salt, 'hex'));
      expect(reply.clientNonce).toHaveLength(16);
      expect(Buffer.from(reply.digest)).toEqual(sha256(inner, Buffer.from(nonce, 'hex'), reply.clientNonce));
      await server.close();
    }
  });

  it('by SCRAM-SHA-256', async () => {
    expect(await login(`> StartupMessage ...\n! scram "Secret1!"${rest}`)).toBeUndefined();
  });

  it('by a token (14) over TLS, announced as IdpTokenAuthPlugin or as BasicJwt, the function asked once', async () => {
    const authority = await createAuthority('Token test');
    const tls = await authority.issue({ commonName: 'localhost', ...loopbackNames });
    const over = {
      ...base,
      user: undefined,
      password: undefined,
      sslmode: 'verify-full',
      sslrootcert: authority.cert,
    } as const;
    const announced = async (options: ConnectOptions): Promise<Record<string, string>> => {
      const server = await startScriptedServer(
        `! tls\n> StartupMessage ...\n< AuthenticationIdpToken\n> IdpTokenMessage token="planted-token"${rest}`,
        { tls },
      );
      const conn = await connect({ ...over, ...options, port: server.port });
      await conn.close();
      await server.done();
      const packet = server.connections[0]!.messages.find(({ type }) => type === 'StartupMessage');
      await server.close();
      return packet?.type === 'StartupMessage' ? Object.fromEntries(packet.parameters) : {};
    };
    let asked = 0;
    const token = (): Promise<string> => {
      asked++;
      return Promise.resolve('planted-token');
    };
    expect(await announced({ token, tokenType: 'ACCESS_TOKEN', identityNamespace: 'space' })).toMatchObject({
      user: '',
      plugin_name: expect.stringMatching(/IdpTokenAuthPlugin$/),
      idp_type: 'AwsIdc',
      token_type: 'ACCESS_TOKEN',
      identity_namespace: 'space',
    });
    expect(asked).toBe(1);
    const jwt = await announced({ token: 'planted-token', providerName: 'entra' });
    expect(jwt).toMatchObject({
      idp_type: 'AzureAD',
      provider_name: 'entra',
      plugin_name: expect.stringMatching(/BasicJwtCredentialsProvider$/),
    });
    expect(jwt).not.toHaveProperty('token_type');
  });

  it('by a token is refused without TLS, before the function is asked', async () => {
    const token = (): string => {
      throw new Error('asked all the same');
    };
    const options = {
      ...base,
      user: undefined,
      password: undefined,
      token,
      tokenType: 'ACCESS_TOKEN',
      port: 1,
    };
    await expect(connect(options)).rejects.toMatchObject({ name: 'ArgumentError' });
  });

  it('is refused when the server asks for what it may not or cannot have', async () => {
    const asks = async (message: string, options: ConnectOptions = {}): Promise<RedshiftError> => {
      const error = await login(`> StartupMessage ...\n< ${message}\n! silence`, options);
      expect(error).toBeInstanceOf(RedshiftError);
      return error!;
    };
    expect((await asks('AuthenticationCleartextPassword')).message).toMatch(/clear text/);
    expect(await asks('AuthenticationDigest algorithm=1 salt=\\x serverNonce=\\x')).toMatchObject({
      name: 'NotSupportedError',
      message: expect.stringContaining('scrypt'),
    });
    expect(await asks('AuthenticationDigest algorithm=2 salt=\\x serverNonce=\\x')).toMatchObject({
      message: expect.stringContaining('Argon2'),
    });
    expect(await asks('AuthenticationOther code=7 data=\\x')).toMatchObject({
      name: 'NotSupportedError',
      message: expect.stringContaining('Kerberos'),
    });
    expect(await asks('AuthenticationOther code=99 data=\\x')).toMatchObject({
      message: expect.stringContaining('99'),
    });
    expect(await asks('AuthenticationSASL mechanisms=["SCRAM-SHA-1"]')).toMatchObject({
      message: expect.stringContaining('SCRAM-SHA-1'),
    });
    expect(await asks('AuthenticationIdpToken')).toMatchObject({ message: expect.stringContaining('token') });
    expect(await asks('ReadyForQuery status="I"')).toMatchObject({ name: 'ProtocolError' });
    expect(await asks('RowDescription fields=[]')).toMatchObject({ name: 'ProtocolError' });
    expect(
      await asks('AuthenticationMD5Password salt=\\x01020304', { requireAuth: ['sha256'] }),
    ).toMatchObject({ message: expect.stringContaining('requireAuth') });
    expect(await asks('AuthenticationOk', { requireAuth: ['sha256'] })).toMatchObject({
      message: expect.stringContaining('requireAuth'),
    });
  });

  it('by SCRAM is refused fast when the server cheats', async () => {
    const cheats = [
      'r=other,s=QUFB,i=4096',
      'r=$,s=QUFB,i=4096',
      'r=$x,s=!,i=4096',
      'r=$x,s=QUFB,i=0',
      'r=$x,s=QUFB,i=2147483647',
      'r=$x,s=QUFB',
      'm=ext,r=$x,s=QUFB,i=4096',
      '',
    ];
    for (const cheat of cheats) {
      const started = performance.now();
      const server = await startScriptedServer(async (peer) => {
        await peer.expect('StartupMessage');
        await peer.say('AuthenticationSASL mechanisms=["SCRAM-SHA-256"]');
        const first = await peer.expect('SASLInitialResponse');
        const nonce = /r=(.*)$/.exec(Buffer.from(first.data!).toString())![1]!;
        await peer.say(`AuthenticationSASLContinue data=${JSON.stringify(cheat.replace('$', nonce))}`);
      });
      await expect(connect({ ...base, port: server.port })).rejects.toMatchObject({
        name: 'AuthenticationError',
      });
      expect(performance.now() - started).toBeLessThan(500);
      await server.close();
    }
  });

  it('accepted in the middle of SCRAM, or with a wrong signature, is an impostor', async () => {
    const start = `> StartupMessage ...\n< AuthenticationSASL mechanisms=["SCRAM-SHA-256"]\n> SASLInitialResponse ...\n`;
    expect(await login(`${start}< AuthenticationOk\n! silence`)).toMatchObject({
      name: 'AuthenticationError',
      message: expect.stringContaining('impostor'),
    });
    expect(await login(`${start}< AuthenticationSASLFinal data="v=AAAA"\n! silence`)).toMatchObject({
      name: 'ProtocolError',
    });
  });

  it('reports the error of the server, however the connection ends', async () => {
    const fatal = '< ErrorResponse S="FATAL" C="28000" M="no such user"';
    for (const end of ['! cut', '! reset', '! silence']) {
      expect(await login(`> StartupMessage ...\n${fatal}\n${end}`), end).toMatchObject({
        name: 'AuthenticationError',
        code: '28000',
      });
    }
    expect(
      await login(
        `> StartupMessage ...\n< ErrorResponse S="FATAL" C="53300" M="too many connections"\n! cut`,
      ),
    ).toMatchObject({ name: 'OperationalError', retryable: true });
    expect(
      await login(`> StartupMessage ...\n< ErrorResponse S="FATAL" C="3D000" M="no such database"\n! cut`),
    ).toMatchObject({ name: 'ProgrammingError' });
  });

  it('refuses parameters that our decoders could not live with, by name', async () => {
    const cases: readonly [string, string][] = [
      ['client_encoding', 'LATIN1'],
      ['DateStyle', 'German'],
      ['integer_datetimes', 'off'],
      ['external_database', 'maybe'],
      ['server_protocol_version', 'two'],
    ];
    for (const [name, value] of cases) {
      const error = await login(
        `> StartupMessage ...\n< AuthenticationOk\n< ParameterStatus name="${name}" value="${value}"\n! silence`,
      );
      expect(error, name).toMatchObject({ name: 'ProtocolError', message: expect.stringContaining(name) });
    }
  });

  it('takes no message longer than 64 KiB before it is done', async () => {
    const error = await login('> StartupMessage ...\n! raw \\x5300020000\n! silence');
    expect(error).toMatchObject({ name: 'ProtocolError' });
  });
});
