/**
 * Promise P7: secrets are planted in every secret option, every kind of failure is provoked, and they are looked for in
 * the errors, in what the connection and its parts print as, in every log line, event and warning. Proofs and digests
 * made of them, as they went over the wire, and the key of cancel requests are looked for too.
 */
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import {
  connect,
  createPool,
  typed,
  type Connection,
  type ConnectOptions,
  type Logger,
} from '../../../src/index.js';
import type { FrontendMessage } from '../../../src/protocol/messages.js';
import { createAuthority, loopbackNames, type Issued } from '../../../src/local/certificate.js';
import { RecordedChannels } from '../../recorded-channels.js';
import type { Peer } from '../../scripted/peer.js';
import { startScriptedServer, type Script, type ScriptedServer } from '../../scripted/server.js';
import { startToyServer, type ToyServer } from '../../scripted/toy-server.js';
import { SecretSearch } from '../../secret-search.js';
import { plantedSecrets } from '../../secrets.js';

const secrets = plantedSecrets();
const password = secrets.get('password')!;
// With a blank in it, it would be refused before it is sent.
const token = secrets.get('token')!.replaceAll(' ', '');
secrets.set('token', token);
const cancelKey = 0x76543210;

let identity: Issued;
let stranger: Issued;
let roots: string;
beforeAll(async () => {
  const authority = await createAuthority('Secrets test');
  identity = await authority.issue({ commonName: 'localhost', ...loopbackNames });
  roots = authority.cert;
  stranger = await (await createAuthority('Another')).issue({ commonName: 'localhost', ...loopbackNames });
});

/** Everything that a program could print, log or send away in the course of a run. */
class Watch {
  readonly logger: Logger;
  readonly subjects: [string, unknown][] = [];
  readonly #channels = new RecordedChannels();
  readonly #note = (warning: Error): void => {
    this.subjects.push(['a warning', warning]);
  };

  constructor() {
    const level =
      (name: string): Logger['debug'] =>
      (message, details) => {
        this.subjects.push([`the logger's ${name}`, { message, details }]);
      };
    this.logger = { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
    process.on('warning', this.#note);
  }

  /** @returns the value of the call, if any; its error is one of the subjects */
  async see<T>(what: string, call: () => Promise<T> | T): Promise<T | undefined> {
    try {
      const value = await call();
      this.subjects.push([`what ${what} gave`, value]);
      return value;
    } catch (error) {
      this.subjects.push([`the error of ${what}`, error]);
      return undefined;
    }
  }

  get errors(): unknown[] {
    return this.subjects.filter(([what]) => what.startsWith('the error')).map(([, error]) => error);
  }

  stop(): void {
    this.#channels.stop();
    process.off('warning', this.#note);
    for (const { channel, phase, event, then } of this.#channels.published) {
      this.subjects.push([`${phase} of channel ${channel}`, then], [`an event of channel ${channel}`, event]);
    }
  }
}

/** What the client said to prove who it is. */
function proofs(messages: readonly FrontendMessage[]): [string, string | Uint8Array][] {
  return messages.flatMap((message): [string, string | Uint8Array][] => {
    switch (message.type) {
      case 'PasswordMessage':
        return [['the password message', message.password]];
      case 'DigestResponse':
        return [['the digest', message.digest]];
      case 'IdpTokenMessage':
        return [['the token message', message.token]];
      case 'SASLResponse':
        return [
          ['the SCRAM proof', Buffer.from(message.data).toString().split('p=')[1] ?? 'no proof was sent'],
        ];
      default:
        return [];
    }
  });
}

interface Run {
  readonly leaks: string[];
  readonly errors: unknown[];
}

type Act = (conn: Connection, watch: Watch, server: ScriptedServer) => Promise<unknown>;
const query: Act = (conn, watch) => watch.see('script', () => conn.script('select 1'));

/** Connects and acts, and looks for what was planted. */
async function run(server: ScriptedServer, options: ConnectOptions = {}, act: Act = query): Promise<Run> {
  const watch = new Watch();
  const given = {
    host: '127.0.0.1',
    port: server.port,
    database: 'dev',
    user: 'alice',
    password,
    sslmode: 'disable',
    autocommit: true,
    connectTimeout: 0.4,
    closeTimeout: 0.2,
    logger: watch.logger,
    ...options,
  } satisfies ConnectOptions;
  try {
    await watch.see('parsing', () => parseConfig(given as never));
    const conn = await watch.see('connect', () => connect(given));
    if (conn !== undefined) {
      await act(conn, watch, server);
      watch.subjects.push(['cursor', conn.cursor()]);
      await watch.see('close', () => conn.close());
      await watch.see('a query after the end', () => conn.query('select 1'));
      watch.subjects.push(['connection', conn], ['parameters', conn.parameters], ['notices', conn.notices]);
    }
  } finally {
    watch.stop();
    await server.close();
  }
  const search = new SecretSearch([
    ['password', password],
    ['token', token],
    ...server.connections.flatMap(({ messages }) => proofs(messages)),
  ]);
  search.plantNumber('the cancel key', cancelKey);
  const found = watch.subjects.flatMap(([what, subject]) => search.inValue(subject, what));
  return { leaks: [...new Set(found)], errors: watch.errors };
}

const played = async (script: Script | string, tls?: Issued): Promise<ScriptedServer> =>
  startScriptedServer(script, { tls, patience: 20_000 });

/** Expects an error that has nothing of what was planted. */
async function clean(server: ScriptedServer, options?: ConnectOptions, act?: Act): Promise<unknown[]> {
  const { leaks, errors } = await run(server, options, act);
  expect(leaks).toEqual([]);
  expect(errors).not.toEqual([]);
  return errors;
}

const asked = (question: string, more = ''): string => `> StartupMessage ...\n< ${question}\n${more}`;
const md5 = 'AuthenticationMD5Password salt=\\x01020304';
const fatal = (text: string, state = '28000'): string =>
  `< ErrorResponse S="FATAL" C="${state}" M=${JSON.stringify(text)}`;
describe('connecting and login (rows C1 to C20)', () => {
  const scripts: [string, string, ConnectOptions?][] = [
    ['C4: FIN at once', '! cut'],
    ['C4: FIN after the startup packet', '> StartupMessage ...\n! cut'],
    ['C4: RST after the question', `${asked(md5)}! wait 5\n! reset`],
    ['C4: FIN after the password', `${asked(md5)}> PasswordMessage ...\n! cut`],
    ['C5: silence after the password', `${asked(md5)}> PasswordMessage ...\n! silence`],
    ['C5: silence after the digest', `> StartupMessage ...\n! digest ${JSON.stringify(password)}\n! silence`],
    [
      'C5: silence after the SCRAM proof',
      `> StartupMessage ...\n! scram ${JSON.stringify(password)}\n! silence`,
    ],
    ['C6: no TLS', '! raw "N"', { sslmode: 'verify-full' }],
    ['C7: an error instead of TLS', '! raw "Eno"', { sslmode: 'verify-full' }],
    ['C8: more than S', '! raw "SXXXXXX"', { sslmode: 'verify-full' }],
    ['C9: HTTP', '! raw "HTTP/1.1 400 Bad Request\\r\\n\\r\\n"'],
    ['C12: clear text', asked('AuthenticationCleartextPassword', '! silence')],
    ['C13: a weaker method', asked(md5, '! silence'), { requireAuth: ['scram-sha-256'] }],
    ['C13: no login at all', asked('AuthenticationOk', '! silence'), { requireAuth: ['sha256'] }],
    [
      'C15: channel binding',
      asked('AuthenticationSASL mechanisms=["SCRAM-SHA-256"]', '! silence'),
      { channelBinding: 'require' },
    ],
    [
      'C16: an unknown digest',
      asked('AuthenticationDigest algorithm=7 salt=\\x00 serverNonce=\\x00', '! silence'),
    ],
    [
      'C16: hardly any salt',
      asked('AuthenticationDigest algorithm=0 salt=\\x00 serverNonce=\\x00', '! silence'),
    ],
    ['C17: an unknown method', asked('AuthenticationOther code=99 data=\\x', '! silence')],
    [
      'C18: refused',
      `${asked(md5)}> PasswordMessage ...\n${fatal('password authentication failed for user "alice"')}\n! cut`,
    ],
    ['C18: too many connections', `> StartupMessage ...\n${fatal('too many connections', '53300')}\n! cut`],
    [
      'C19: an encoding',
      asked('AuthenticationOk', '< ParameterStatus name="client_encoding" value="LATIN1"\n! silence'),
    ],
    ['M1: a length of nothing', '> StartupMessage ...\n! raw \\x5200000000'],
    ['O1: ready too early', '> StartupMessage ...\n< ReadyForQuery status="I"'],
  ];
  it.each(scripts)('%s', async (_, script, options) => {
    await clean(await played(script), options);
  });

  it('C1: a port that refuses, a name that is none', async () => {
    const gone = await played('! cut');
    await gone.close();
    await clean(gone);
    await clean(gone, { host: 'nowhere.invalid' });
  });

  it('C10: a certificate of somebody else', async () => {
    await clean(await played('! tls\n! silence', stranger), {
      host: 'localhost',
      sslmode: 'verify-full',
      sslrootcert: roots,
    });
  });

  it.each([
    ['a nonce that is not ours', (): string => 'r=another,s=AAAAAAAAAAAAAAAAAAAAAA==,i=4096'],
    ['no iterations', (nonce: string): string => `r=${nonce}x,s=AAAAAAAAAAAAAAAAAAAAAA==,i=0`],
    ['a salt that is none', (nonce: string): string => `r=${nonce}x,s=!!,i=4096`],
    ['a false signature', (nonce: string): string => `r=${nonce}x,s=AAAAAAAAAAAAAAAAAAAAAA==,i=4096`],
  ])('C14: SCRAM with %s', async (_, first) => {
    const script = async (peer: Peer): Promise<void> => {
      await peer.expect('StartupMessage');
      await peer.say({ type: 'AuthenticationSASL', mechanisms: ['SCRAM-SHA-256'] });
      const { data } = await peer.expect('SASLInitialResponse');
      const nonce =
        Buffer.from(data ?? [])
          .toString()
          .split('r=')[1] ?? '';
      await peer.say({ type: 'AuthenticationSASLContinue', data: Buffer.from(first(nonce)) });
      if ((await peer.next()) === undefined) return;
      await peer.say({ type: 'AuthenticationSASLFinal', data: Buffer.from('v=AAAA') });
      await peer.silence();
    };
    await clean(await played(script));
  });

  it.each(['user', 'database', 'applicationName', 'searchPath', 'password', 'token'])(
    'C20: NUL in %s',
    async (name) => {
      await clean(await played('! cut'), { [name]: `${secrets.get(name) ?? 'x'}\0` });
    },
  );

  it('passwords and tokens that functions give, and functions that fail', async () => {
    const refused = `${asked(md5)}> PasswordMessage ...\n${fatal('no')}`;
    await clean(await played(refused), { password: () => Promise.resolve(password) });
    await clean(await played('! cut'), { password: () => Promise.reject(new Error('vault is closed')) });
    await clean(await played('! cut'), { password: () => 7 as never });
    await clean(await played('! cut'), { password: () => `${password}\0` });
    await clean(await played('! cut'), { password: () => new Promise<string>(() => undefined) });
  });

  it('tokens over TLS, refused by a server that repeats them', async () => {
    for (const give of [token, (): string => token]) {
      const script = `! tls\n${asked('AuthenticationIdpToken', `> IdpTokenMessage ...\n${fatal(`invalid token ${token} of alice`)}`)}`;
      const options: ConnectOptions = {
        host: 'localhost',
        sslmode: 'verify-full',
        sslrootcert: roots,
        token: give,
        tokenType: 'ACCESS_TOKEN',
        connectTimeout: 5,
        password: undefined,
      };
      const [failure] = await clean(await played(script, identity), options);
      expect(failure).toMatchObject({ message: 'invalid token *** of alice', sqlState: '28000' });
    }
  });

  it('a password that the server repeats before the login is over is blacked out, in every field', async () => {
    const fields = `S="FATAL" C="28P01" M="wrong: ${password}" D="${password}" H="not ${password}!" W="${password}"`;
    const notice = `NoticeResponse S="INFO" C="00000" M="got ${password}"`;
    const script = `${asked('AuthenticationCleartextPassword')}> PasswordMessage ...\n< ${notice}\n< ErrorResponse ${fields}`;
    const [failure] = await clean(await played(script), { allowCleartextPassword: true });
    expect(failure).toMatchObject({ message: 'wrong: ***', detail: '***', hint: 'not ***!', where: '***' });
  });

  it('what a server says of a public name is left alone, also when the password is the same', async () => {
    const script = `${asked(md5)}> PasswordMessage ...\n${fatal('no user "postgres"')}`;
    const server = await played(script);
    const call = connect({
      host: '127.0.0.1',
      port: server.port,
      database: 'dev',
      user: 'postgres',
      password: 'postgres',
      ssl: false,
    });
    await expect(call).rejects.toThrow('no user "postgres"');
    await server.close();
  });
});

/** Logged in by digest, so that there is a proof to look for; then the server is asked something. */
const session = (lines: string): string => `> StartupMessage ...
! digest ${JSON.stringify(password)}
< AuthenticationOk
< ParameterStatus name="client_encoding" value="UTF8"
< BackendKeyData processId=7 secretKey=${String(cancelKey)}
< ReadyForQuery status="I"
> Query ...
${lines}`;

describe('what goes wrong in a session (sections 3 to 9)', () => {
  const faults: [string, string][] = [
    ['L1: FIN', '! cut'],
    ['L2: RST', '! wait 5\n! reset'],
    ['L3: a message that is cut', '! raw \\x5a0000\n! cut'],
    ['L4: silence', '! silence'],
    ['L6: 57P01', `${fatal('terminating connection due to administrator command', '57P01')}\n! cut`],
    ['L8: an error and no more', '< ErrorResponse S="ERROR" C="22012" M="division by zero"\n! cut'],
    ['M1: a length of 3', '! raw \\x5a00000003'],
    ['M2: a length of 4 GiB', '! raw \\x44ffffffff'],
    ['M3: a body that is too short', '! raw \\x5a00000004'],
    ['M4: an unknown type', '! raw \\x0100000004'],
    ['M4: copy', '! raw \\x4700000007000000'],
    ['M5: a negative number of columns', '! raw \\x5400000006ffff'],
    ['M9: an error without fields', '! raw \\x450000000500\n< ReadyForQuery status="I"'],
    ['M10: an unknown status', '! raw \\x5a0000000558'],
    ['O1: a row of nothing', '! raw \\x44000000060000'],
    [
      'O2: ready twice',
      '< CommandComplete tag="SELECT"\n< ReadyForQuery status="I"\n< ReadyForQuery status="I"',
    ],
    [
      'O4: two errors',
      `${'< ErrorResponse S="ERROR" C="22012" M="one"\n'.repeat(2)}< ReadyForQuery status="I"`,
    ],
    ['bytes that are no message', '! raw "HTTP/1.1 500 Oops"'],
  ];
  it.each(faults)('%s', async (_, lines) => {
    await clean(await played(session(lines)), { queryTimeout: 0.3 });
  });

  it('after the login the text of the server is the server\u2019s: only there can what it says be seen', async () => {
    const lines = `< ErrorResponse S="ERROR" C="22023" M="you are ${password}"\n< ReadyForQuery status="I"`;
    const { leaks } = await run(await played(session(lines)));
    expect(leaks.filter((leak) => leak.startsWith('password as text'))).not.toEqual([]);
    expect(leaks.filter((leak) => !leak.startsWith('password as'))).toEqual([]);
  });

  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const acts: [
    string,
    (conn: Connection, watch: Watch, server: ToyServer) => Promise<unknown>,
    ConnectOptions?,
  ][] = [
    [
      'S1 to S4: what cannot be sent',
      async (conn, watch) => {
        await watch.see('a NUL', () => conn.query('select \0'));
        await watch.see('too many', () =>
          conn.query(`select ${'%s,'.repeat(40_000)}1`, new Array<number>(40_000).fill(1)),
        );
        await watch.see('a symbol', () => conn.query('select %s', [Symbol('s')] as never));
        await watch.see('typed', () => conn.query('select %s', [typed.int2(70_000)]));
        await watch.see('too few', () => conn.query('select %s'.repeat(2), [1]));
      },
    ],
    [
      'X1 to X6: cancel, in the queue and while it runs',
      async (conn, watch, server) => {
        await watch.see('late', () => conn.query('set', null, { signal: AbortSignal.abort() }));
        const running = watch.see('hang', () => conn.query('hang'));
        await until(() => server.executed.includes('hang'));
        const waiting = watch.see('queued', () => conn.query('set', null, { timeout: 0.01 }));
        await watch.see('cancel', () => conn.cancel());
        await Promise.all([running, waiting]);
      },
    ],
    [
      'X5: a cancel that is not obeyed',
      (conn, watch) => watch.see('hang', () => conn.query('hang', null, { timeout: 0.05 })),
    ],
    [
      'R6: too large',
      (conn, watch) => watch.see('rows', () => conn.query('rows 5000')),
      { maxResultBytes: 1000 },
    ],
    [
      'X8: a stream that is left',
      async (conn, watch) => {
        const cursor = await conn.cursor().execute('rows 5000', null, { stream: true });
        for await (const row of cursor) {
          watch.subjects.push(['row', row], ['cursor', cursor], ['description', cursor.description]);
          break;
        }
        await watch.see('fetch', () => cursor.fetchOne());
      },
    ],
    [
      'transactions that fail',
      async (conn, watch) => {
        await watch.see('transaction', () => conn.transaction(() => conn.query('fail here')));
        await watch.see('nested', () => conn.transaction(() => conn.transaction(() => 1)));
        await watch.see('executeMany', () => conn.cursor().executeMany('fail %s', [[1], [2]]));
        await watch.see('script', () => conn.script('rows 1; fail there'));
        await watch.see('commit', () => conn.transaction(() => conn.query('cut')));
      },
    ],
    [
      'no key to cancel with, and a notice',
      async (conn, watch) => {
        await watch.see('notice', () => conn.query('notice loaded'));
        await watch.see('callProc', () => conn.cursor().callProc('a.b.c.d', [1]));
      },
    ],
  ];
  it.each(acts)('%s', async (title, act, options) => {
    const server = await startToyServer({
      secretKey: cancelKey,
      stubborn: title.startsWith('X5'),
      login: (peer) => peer.digest(password),
    });
    await clean(server, { connectTimeout: 5, ...options }, (conn, watch) => act(conn, watch, server));
  });

  it('Q1 and Q3: pools, when they are full, cannot connect, and are ended', async () => {
    const server = await startToyServer({ secretKey: cancelKey, login: (peer) => peer.digest(password) });
    await clean(server, { connectTimeout: 5 }, async (_, watch) => {
      const options = { host: '127.0.0.1', port: server.port, database: 'dev', user: 'alice', password };
      const pool = createPool({ ...options, ssl: false, max: 1, acquireTimeout: 0.05, logger: watch.logger });
      const conn = await pool.connect();
      await watch.see('a full pool', () => pool.query('set'));
      watch.subjects.push(['pool', pool], ['pool stats', pool.stats], ['lease', conn]);
      await watch.see('a transaction', () => conn.transaction(() => conn.query('fail')));
      conn.release();
      await watch.see('a call of a released connection', () => conn.query('set'));
      await pool.end();
      await watch.see('an ended pool', () => pool.query('set'));
      const broken = createPool({ ...options, port: 1, ssl: false, logger: watch.logger });
      await watch.see('a pool that cannot connect', () => broken.query('set'));
      await broken.end();
      await watch.see('a pool of nothing', () => createPool({ ...options, max: password as never }));
    });
  });

  it('a report of the process has none of it', async () => {
    const server = await played(session('! cut'));
    const { errors } = await run(server);
    const search = new SecretSearch([['password', password], ...proofs(server.connections[0]!.messages)]);
    const report = JSON.stringify(process.report.getReport(errors[0] as Error));
    expect(report).toContain('javascriptStack');
    expect(search.inText(report, 'the report')).toEqual([]);
  });
});

describe('options that cannot be read', () => {
  const halves = ['Pl4nted', 'Secr3t9Zq'] as const;
  const pieces = [
    '',
    ' ',
    '"',
    "'",
    '@',
    '/',
    '\\',
    '#',
    '?',
    '%',
    '&',
    '=',
    ':',
    ';',
    '%zz',
    '\n',
    '\0',
    '[',
    ']',
    ',',
    'é',
  ];
  const urls = (secret: string): string[] => {
    const encoded = encodeURIComponent(secret);
    return [secret, encoded].flatMap((written) => [
      written,
      `redshift://${written}`,
      `redshift:/u:${written}@h/dev`,
      `mysql://u:${written}@h/dev`,
      `redshift://u:${written}@h:5439/dev`,
      `redshift://u:${written}@h:port/dev`,
      `redshift://u:${written}@h/dev?nope=1`,
      `redshift://u:${written}@h/dev?sslmode=prefer`,
      `redshift://u@h/dev?password=${written}&port=x`,
      `redshift://u@h/dev?pass%77ord=${written}&port=x`,
      `redshift://u@h/dev?pa%zzword=${written}`,
      `redshift://u@h/dev?token=${written}&tokenType=`,
      `redshift://u@h,i/dev?password=${written}`,
      `postgresql://u:${written}@[::1/dev`,
      `jdbc:redshift://h:5439/dev?user=u&password=${written}&x=1`,
      `jdbc:redshift://h:5439/dev;UID=u;PWD=${written};x=1`,
      `jdbc:redshift:iam://c:r/dev?AccessKeyID=a&SecretAccessKey=${written}`,
      `jdbc:redshift://u:${written}@h:5439/dev`,
    ]);
  };

  it('whatever stands in the middle of a secret in a URL, neither half of it is shown', () => {
    const search = new SecretSearch(halves.map((half) => [half, half]));
    const leaks = new Set<string>();
    let refused = 0;
    for (const piece of pieces) {
      for (const url of urls(halves.join(piece))) {
        for (const input of [url, { url, host: 'x' }] as const) {
          try {
            const config = parseConfig(input);
            // What was read as something else than a secret can be shown; a URL that was meant so is not known to us.
            for (const leak of search.inText(
              inspect(config.login, { depth: 9, showHidden: true }),
              `the login of ${url}`,
            )) {
              if (!config.login.user.includes(halves[0])) leaks.add(leak);
            }
          } catch (caught) {
            refused++;
            for (const leak of search.inValue(caught, `the error of ${JSON.stringify(url)}`)) leaks.add(leak);
          }
        }
      }
    }
    expect([...leaks]).toEqual([]);
    expect(refused).toBeGreaterThan(300);
  });

  it('every secret option: refused beside others, of a wrong type, with a NUL, under each of its names', () => {
    const search = new SecretSearch(secrets);
    const good = { host: 'h', database: 'dev', user: 'u', password: 'x' };
    const leaks = [...secrets].flatMap(([name, secret]) =>
      [
        { ...good, [name]: secret, port: 'x' },
        { ...good, [name]: `${secret}\0` },
        { ...good, [name]: { value: secret } },
        { ...good, [name]: [secret] },
        { ...good, [name]: secret, [name.toUpperCase()]: `other ${secret}` },
        { ...good, [`${name}x`]: secret },
        { ...good, [secret]: 1 },
        { ...good, port: secret, sslmode: secret, connectTimeout: secret, types: secret },
      ].flatMap((input) => {
        try {
          return search.inValue(parseConfig(input as never), `the config of ${name}`);
        } catch (caught) {
          return search.inValue(caught, `the error of ${name}`);
        }
      }),
    );
    expect(leaks).toEqual([]);
  });
});

afterAll(() => {
  expect(secrets.size).toBeGreaterThan(8);
});
