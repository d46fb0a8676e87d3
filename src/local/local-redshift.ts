/** A local Redshift from its start to its end: the engine, its users, the certificate, the listening server. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Activity } from './activity.js';
import { Administration } from './administration.js';
import { createAuthority, loopbackNames } from './certificate.js';
import { serveClient, Sessions } from './front/client-session.js';
import { startEngine } from './engine/engine.js';
import { type LocalRedshiftOptions, readOptions, type Settings } from './options.js';
import { listen } from './front/server.js';
import { UsedTokens } from './login/used-tokens.js';

/** A Redshift that runs on this machine. All but `close` is what `connect()` takes. */
export interface LocalRedshift {
  readonly host: string;
  readonly port: number;
  /** The administrator, a superuser in the sense of Redshift. */
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** PEM text of the authority that signed the server's certificate; undefined with `ssl: false`. */
  readonly sslrootcert: string | undefined;
  /** Path of a file with the same text, for clients that want one; it goes with the server. */
  readonly sslrootcertFile: string | undefined;
  /** All of it as one text, for `connect({ url })`. */
  readonly url: string;
  /** Hangs up on every client, stops the engine, removes its files. Any number of times. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a Redshift to develop and test against; no account and no network is needed. It takes about a second (the
 * first time on a machine some more) and ends with `close()` or with this process, however that ends. What it knows,
 * what it refuses and where it differs from Amazon Redshift is listed in docs/local-redshift.md.
 *
 * @throws ArgumentError naming the option that is wrong
 * @throws NotSupportedError when the package with the engine's programs is missing
 * @throws OperationalError when it cannot start
 *
 * @example
 * const local = await startLocalRedshift();
 * const connection = await connect({ url: local.url });
 * …
 * await local.close();
 */
export async function startLocalRedshift(options: LocalRedshiftOptions = {}): Promise<LocalRedshift> {
  const settings = readOptions(options);
  const [engine, certificate] = await bothOrNone(
    startEngine(
      settings.dataDirectory === undefined
        ? { template: true }
        : { template: true, dataDirectory: settings.dataDirectory },
    ),
    makeCertificate(settings),
  );
  let administration: Administration | undefined;
  try {
    const enginePath = join(engine.socketDir, `.s.PGSQL.${String(engine.port)}`);
    const owner = (administration = await Administration.open(enginePath));
    await owner.settle(settings);
    const sessions = new Sessions();
    const activity = new Activity(owner.logActivity);
    const usedTokens = new UsedTokens();
    const server = await listen({
      host: settings.host,
      port: settings.port,
      tls: certificate && { cert: certificate.cert, key: certificate.key },
      serve: (arrival) =>
        serveClient(arrival, { enginePath, settings, users: owner, usedTokens, activity, sessions }),
      cancel: (processId, secretKey) => sessions.cancel(processId, secretKey),
    });
    let sslrootcertFile: string | undefined;
    if (certificate) {
      sslrootcertFile = join(engine.socketDir, 'root.crt');
      await writeFile(sslrootcertFile, certificate.root);
    }
    let closed: Promise<void> | undefined;
    const close = (): Promise<void> =>
      (closed ??= (async () => {
        await server.close();
        sessions.end();
        owner.close();
        await engine.stop();
      })());
    const { host, user, password, database } = settings;
    const { port } = server;
    const sslrootcert = certificate?.root;
    const url = urlOf(settings, port, sslrootcert);
    return {
      host,
      port,
      user,
      password,
      database,
      sslrootcert,
      sslrootcertFile,
      url,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    administration?.close();
    await engine.stop();
    throw error;
  }
}

interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
  readonly root: string;
}

async function makeCertificate({ ssl, host }: Settings): Promise<ServerCertificate | undefined> {
  if (ssl === 'off') return undefined;
  const authority = await createAuthority('Local Redshift');
  const own = /^[\d.]+$|:/.test(host) ? { ipAddresses: [host] } : { dnsNames: [host] };
  const issued = await authority.issue({
    commonName: 'localhost',
    dnsNames: [...new Set([...loopbackNames.dnsNames, ...(own.dnsNames ?? [])])],
    ipAddresses: [...new Set([...loopbackNames.ipAddresses, ...(own.ipAddresses ?? [])])],
  });
  return { ...issued, root: authority.cert };
}

/** The engine does not stay where something else failed. */
async function bothOrNone<T>(
  starting: ReturnType<typeof startEngine>,
  other: Promise<T>,
): Promise<[Awaited<typeof starting>, T]> {
  const [engine, value] = await Promise.allSettled([starting, other]);
  if (engine.status === 'rejected') throw engine.reason as Error;
  if (value.status === 'fulfilled') return [engine.value, value.value];
  await engine.value.stop();
  throw value.reason as Error;
}

function urlOf(settings: Settings, port: number, sslrootcert: string | undefined): string {
  const { host, user, password, database } = settings;
  const name = host.includes(':') ? `[${host}]` : host;
  const query =
    sslrootcert === undefined ? 'sslmode=disable' : `sslrootcert=${encodeURIComponent(sslrootcert)}`;
  const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `redshift://${credentials}@${name}:${String(port)}/${encodeURIComponent(database)}?${query}`;
}
