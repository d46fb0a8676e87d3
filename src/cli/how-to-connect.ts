/** What is said when a local Redshift is ready: one line for each client, to be copied as it stands. Pure. */
import type { LocalRedshift } from '../local/index.js';

type Running = Omit<LocalRedshift, 'close' | typeof Symbol.asyncDispose | 'url' | 'sslrootcert'>;

export function howToConnect(redshift: Running): string {
  const { host, port } = redshift;
  const address = `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
  return `Local Redshift is ready at ${address}. Ctrl-C stops it.

psql:
  psql ${shell(conninfo(redshift))}
redshift-connector (Node.js):
  const connection = await connect({ ${driverOptions(redshift)} });
pg:
  const client = new pg.Client({ ${pgOptions(redshift)} });
redshift_connector (Python):
  ${pythonEnvironment(redshift)}python3 -c ${shell(python(redshift))}
`;
}

/** Where a server that listens everywhere is reached from this machine; the certificate names it. */
function reached(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function conninfo({ host, port, user, password, database, sslrootcertFile }: Running): string {
  const ssl =
    sslrootcertFile === undefined
      ? { sslmode: 'disable' }
      : { sslmode: 'verify-full', sslrootcert: sslrootcertFile };
  const pairs = { host: reached(host), port: String(port), dbname: database, user, password, ...ssl };
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${libpq(value)}`)
    .join(' ');
}

/** PostgreSQL manual, libpq, "Keyword/Value Connection Strings". */
function libpq(value: string): string {
  return /^[^\s'\\]+$/.test(value) ? value : `'${value.replace(/['\\]/g, String.raw`\$&`)}'`;
}

function driverOptions(redshift: Running): string {
  const { sslrootcertFile: file } = redshift;
  return `${login(redshift)}, ${file === undefined ? 'ssl: false' : `sslrootcert: ${code(file)}`}`;
}

function pgOptions(redshift: Running): string {
  const { sslrootcertFile: file } = redshift;
  const ssl = file === undefined ? 'false' : `{ ca: fs.readFileSync(${code(file)}, "utf8") }`;
  return `${login(redshift)}, ssl: ${ssl}`;
}

function login({ host, port, user, password, database }: Running): string {
  return `host: ${code(reached(host))}, port: ${String(port)}, database: ${code(database)}, user: ${code(user)}, password: ${code(password)}`;
}

/** Python's driver trusts what OpenSSL trusts, and has no option for more. */
function pythonEnvironment({ sslrootcertFile }: Running): string {
  return sslrootcertFile === undefined ? '' : `SSL_CERT_FILE=${shell(sslrootcertFile)} `;
}

function python({ host, port, user, password, database, sslrootcertFile }: Running): string {
  const ssl = sslrootcertFile === undefined ? 'ssl=False' : 'sslmode="verify-full"';
  const options = `host=${code(reached(host))}, port=${String(port)}, database=${code(database)}, user=${code(user)}, password=${code(password)}, ${ssl}`;
  return `import redshift_connector; print(redshift_connector.connect(${options}).run("select 1"))`;
}

/** A literal of JavaScript and of Python. */
function code(text: string): string {
  return JSON.stringify(text);
}

/** One word for a POSIX shell. */
function shell(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
