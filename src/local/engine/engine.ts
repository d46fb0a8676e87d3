/**
 * A private PostgreSQL server for the time that a program or a test needs one: its own folder, its own port, gone with
 * whoever started it. It never listens beyond this machine and never leaves a process or a file behind.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { ArgumentError, OperationalError } from '../../errors.js';
import { serverAccount } from './account.js';
import { findNative, prepareBinaries, temporaryRoots } from './binaries.js';
import { prepareDataDirectory } from './data-directory.js';
import { prepareTemplate, templateOwner } from './template.js';
import {
  copyFailed,
  FolderRefused,
  startWatchdog,
  type Account,
  type Job,
  type Watchdog,
} from './watchdog.js';

export interface EngineOptions {
  /** Listen on 127.0.0.1 too, on a free port; the Unix socket is always there. */
  readonly tcp?: boolean;
  /** PEM texts; turns TLS on. Clients may still come without, unless `hba` says otherwise. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** How clients over TCP log in; the socket trusts, since only our account reaches it. Default `scram-sha-256`. */
  readonly auth?: 'trust' | 'password' | 'md5' | 'scram-sha-256';
  /** Lines of pg_hba.conf that go before our own. */
  readonly hba?: readonly string[];
  /** Default `postgres`. */
  readonly superuser?: string;
  /** Default: random, or none with `trust`. */
  readonly password?: string;
  /** Settings of postgresql.conf; they win over ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Start from the local Redshift's template, as superuser `rdsdb`, with the database `dev`; the socket only. */
  readonly template?: boolean;
  /** Keep the database in this folder; it is made from the template when the folder is missing or empty. */
  readonly dataDirectory?: string;
  /** Seconds until a start that hangs is given up; default 60. */
  readonly startTimeout?: number;
  /** A folder with bin, lib and share, in place of the npm package's. */
  readonly native?: string;
}

/** A server that runs. */
export interface Engine {
  /** The folder of the Unix socket; the socket is `<socketDir>/.s.PGSQL.<port>`. */
  readonly socketDir: string;
  /** Where clients connect: `127.0.0.1` with `tcp`, else the socket's folder. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  /** Process id of the server. */
  readonly processId: number;
  /** Disconnects all clients, stops the server, removes its folder. Any number of times; bounded. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const localPort = 5432;
/** The watchdog needs 7 s for a server that ignores everything but SIGKILL. */
const stopTimeout = 15;

/** What nobody needs of a database that is thrown away: surviving a crash. */
const ephemeral = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } as const;

/** What nobody needs of a private server: replication; and small WAL files (the template's) need not mean many checkpoints. */
const lean = {
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '1GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  md5_password_warnings: 'off',
} as const;

/**
 * Starts a server and resolves when it takes connections (about a second, most of it for a fresh database).
 * It ends with `stop()` or with our process, however that ends; it does not keep our process alive.
 * Only where the server's account cannot reach the programs (root, below a private folder) a copy of them stays in the
 * temporary folder for the next start: 60 MB, `redshift-connector-postgres-…`.
 * @throws NotSupportedError when the npm package with the server's programs is missing
 * @throws OperationalError when it cannot start; the text carries the end of the server's log
 *
 * @example
 * const engine = await startEngine({ tcp: true });
 * try { … connect to engine.host, engine.port … } finally { await engine.stop(); }
 */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  checkOptions(options);
  const account = serverAccount();
  const bin = await prepareBinaries(options.native ?? findNative(), account);
  const onTemplate = options.template === true || options.dataDirectory !== undefined;
  const auth = options.auth ?? 'scram-sha-256';
  const random = auth === 'trust' || onTemplate ? undefined : randomBytes(18).toString('base64url');
  const password = options.password ?? random;
  const user = options.superuser ?? (onTemplate ? templateOwner : 'postgres');
  for (let attempt = 1; ; attempt += 1) {
    const ground = await groundFor(options, bin, account);
    try {
      return await launch(
        { options, account, bin, auth, password, user, ground },
        options.tcp === true ? await freePort() : localPort,
      );
    } catch (error) {
      // Somebody took the port between our looking and the server's, or replaced the template under our copying.
      const again = error instanceof CopyFailed || String(error).includes('Address already in use');
      if (attempt === 5 || !again) throw error;
    }
  }
}

/** Where the server's database comes from, and where it is. */
type Ground = Pick<Job, 'kind' | 'data' | 'template'>;

async function groundFor(
  { template, dataDirectory }: EngineOptions,
  bin: string,
  account: Account | undefined,
): Promise<Ground> {
  if (dataDirectory !== undefined) {
    return { kind: 'keep', data: await prepareDataDirectory(dataDirectory, bin, account) };
  }
  if (template === true) return { kind: 'copy', data: 'data', template: await prepareTemplate(bin, account) };
  return { kind: 'initdb', data: 'data' };
}

class CopyFailed extends OperationalError {}

interface Plan {
  readonly options: EngineOptions;
  readonly account: Account | undefined;
  readonly bin: string;
  readonly auth: string;
  readonly password: string | undefined;
  readonly user: string;
  readonly ground: Ground;
}

function checkOptions(options: EngineOptions): void {
  const { superuser, password, settings, startTimeout } = options;
  if (options.template === true || options.dataDirectory !== undefined) {
    for (const name of ['tcp', 'tls', 'superuser', 'password'] as const) {
      if (options[name] === undefined) continue;
      throw new ArgumentError(
        `${name}: not with template or dataDirectory, whose server listens on its socket only`,
      );
    }
  }
  // initdb puts the name between double quotes as it is, and makes it the owner of an extension, where these are refused.
  if (superuser !== undefined && !/^[^\0\n"$'\\]+$/.test(superuser)) {
    throw new ArgumentError(
      `superuser: give a name of at least one character, without " ' $ \\ and line breaks`,
    );
  }
  if (password !== undefined && !/^[^\0\r\n]+$/.test(password)) {
    throw new ArgumentError('password: give at least one character and no line break');
  }
  for (const [name, value] of Object.entries(settings ?? {})) {
    if (!/^[a-z_][a-z0-9_.]*$/i.test(name) || value.includes('\0')) {
      throw new ArgumentError(`settings: "${name}" is no setting of PostgreSQL`);
    }
  }
  if (startTimeout !== undefined && !(startTimeout > 0)) {
    throw new ArgumentError('startTimeout: give a number of seconds above 0');
  }
}

async function launch(plan: Plan, port: number): Promise<Engine> {
  const { watchdog, folder } = await openFolder(plan, port);
  let processId: number;
  try {
    processId = await ready(watchdog, folder, plan);
  } catch (error) {
    await end(watchdog, folder).catch(() => undefined);
    throw error;
  }
  watchdog.unref();
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= end(watchdog, folder));
  return {
    socketDir: folder,
    host: plan.options.tcp === true ? '127.0.0.1' : folder,
    port,
    user: plan.user,
    password: plan.password,
    database: plan.ground.kind === 'initdb' ? 'postgres' : 'dev',
    processId,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A Unix socket's path has room for 104 bytes on the narrowest system. */
const socketPathLimit = 103;

/** Makes the private folder in the first place where that works, and starts the server in it. */
async function openFolder(plan: Plan, port: number): Promise<{ watchdog: Watchdog; folder: string }> {
  const failures: string[] = [];
  for (const root of temporaryRoots()) {
    const folder = join(root, `redshift-connector-${randomBytes(6).toString('hex')}`);
    if (Buffer.byteLength(join(folder, `.s.PGSQL.${port}`)) > socketPathLimit) {
      failures.push(`${root} is too long a name for a Unix socket`);
      continue;
    }
    const watchdog = startWatchdog(folder, plan.account, {
      ...plan.ground,
      bin: plan.bin,
      superuser: plan.user,
      encryption: plan.auth === 'md5' ? 'md5' : 'scram-sha-256',
      serverArguments: serverArguments(plan, folder, port),
      secrets: {
        ENGINE_HBA: accessRules(plan),
        ENGINE_CERT: plan.options.tls?.cert ?? '',
        ENGINE_KEY: plan.options.tls?.key ?? '',
        ENGINE_PASSWORD: plan.password ?? '',
      },
    });
    try {
      await watchdog.made;
      return { watchdog, folder };
    } catch (cause) {
      if (!(cause instanceof FolderRefused)) throw cannotSpawn(cause, plan.account);
      failures.push(cause.message);
    }
  }
  throw new OperationalError(`No folder for the private PostgreSQL: ${failures.join('; ')}`);
}

/** setuid fails with EPERM without the right to it, with EINVAL where the container maps no such user. */
function cannotSpawn(cause: unknown, account: Account | undefined): Error {
  const { code } = cause as NodeJS.ErrnoException;
  if (account === undefined || (code !== 'EPERM' && code !== 'EINVAL')) {
    return new OperationalError(`The private PostgreSQL cannot be started: ${String(cause)}`, { cause });
  }
  return new OperationalError(
    `PostgreSQL refuses to run as root, and this system lets root hand it to no other user (uid ${account.uid}: ${code}); run as an ordinary user`,
    { cause },
  );
}

function serverArguments({ options, ground }: Plan, folder: string, port: number): string[] {
  const settings: Record<string, string> = {
    ...lean,
    ...(ground.kind === 'keep' ? {} : ephemeral),
    port: String(port),
    listen_addresses: options.tcp === true ? '127.0.0.1' : '',
    // The value is a list: a folder's name with a comma in it has to be quoted.
    unix_socket_directories: `"${folder.replaceAll('"', '""')}"`,
    hba_file: join(folder, 'hba.conf'),
    ...(options.tls === undefined
      ? {}
      : { ssl: 'on', ssl_cert_file: join(folder, 'server.crt'), ssl_key_file: join(folder, 'server.key') }),
    ...options.settings,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function accessRules({ options, auth, ground }: Plan): string {
  if (ground.kind !== 'initdb') return [...(options.hba ?? []), 'local all all trust'].join('\n');
  return [
    ...(options.hba ?? []),
    'local all all trust',
    `host all all 127.0.0.1/32 ${auth}`,
    `host all all ::1/128 ${auth}`,
  ].join('\n');
}

/** The process id, once the server's own lock file says that it takes connections (what pg_ctl waits for). */
async function ready(watchdog: Watchdog, folder: string, { options, ground }: Plan): Promise<number> {
  let over: Error | undefined;
  watchdog.ended.then(
    ({ status, said }) => (over = notStarted(status, said, options.dataDirectory)),
    (cause: unknown) => (over = new OperationalError('The private PostgreSQL did not start', { cause })),
  );
  const lockFile = resolve(folder, ground.data, 'postmaster.pid');
  const seconds = options.startTimeout ?? 60;
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    if (over !== undefined) throw over;
    const lines = (await readFile(lockFile, 'utf8').catch(() => '')).split('\n');
    // A kept folder may have another server's lock file in it; the socket's folder tells whose it is.
    if (lines[4] === folder && lines[7]?.trim() === 'ready') return Number(lines[0]);
    await pause(10);
  }
  throw new OperationalError(`The private PostgreSQL was not ready after ${seconds} s (startTimeout)`);
}

function notStarted(status: number | null, said: string, dataDirectory: string | undefined): Error {
  if (status === copyFailed) return new CopyFailed(`The template cannot be copied: ${said.trim()}`);
  if (dataDirectory !== undefined && /lock file "postmaster\.pid" already exists/.test(said)) {
    return new OperationalError(
      `dataDirectory: ${dataDirectory} is in use by another local Redshift; stop that one or take another folder`,
    );
  }
  return new OperationalError(`The private PostgreSQL did not start: ${reason(said)}`);
}

/** The server's log from its first complaint on; initdb says much before. */
function reason(said: string): string {
  const lines = said.trim().split('\n');
  const first = lines.findIndex((line) => /\b(FATAL|PANIC|ERROR|error): /.test(line));
  return lines.slice(Math.max(first, 0)).join('\n');
}

async function end(watchdog: Watchdog, folder: string): Promise<void> {
  watchdog.ref();
  watchdog.end();
  const until = performance.now() + stopTimeout * 1000;
  const watched = { over: false };
  void watchdog.ended.catch(() => undefined).then(() => (watched.over = true));
  // The folder goes last; its own end is what counts, since a watchdog that was killed leaves the work to its reader.
  while (!watched.over || existsSync(folder)) {
    if (performance.now() > until) {
      watchdog.unref();
      throw new OperationalError(
        `The private PostgreSQL did not stop; look at process ${watchdog.pid} and ${folder}`,
      );
    }
    await pause(5);
  }
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
