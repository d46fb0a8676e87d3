/** A local Redshift for a test file, and connections of our driver to it. */
import { connect, type ConnectOptions, type Connection } from '../../../src/index.js';
import {
  type LocalRedshift,
  type LocalRedshiftOptions,
  startLocalRedshift,
} from '../../../src/local/index.js';

export interface LocalServer {
  readonly redshift: LocalRedshift;
  options(over?: ConnectOptions): ConnectOptions;
  connect(over?: ConnectOptions): Promise<Connection>;
  stop(): Promise<void>;
}

/** On a free port, so that test files can run side by side. */
export async function startLocal(options: LocalRedshiftOptions = {}): Promise<LocalServer> {
  const redshift = await startLocalRedshift({ port: 0, ...options });
  const own = (over: ConnectOptions = {}): ConnectOptions => ({
    host: redshift.host,
    port: redshift.port,
    database: redshift.database,
    user: redshift.user,
    password: redshift.password,
    ...(redshift.sslrootcert === undefined ? { ssl: false } : { sslrootcert: redshift.sslrootcert }),
    closeTimeout: 2,
    connectTimeout: 10,
    ...over,
  });
  return {
    redshift,
    options: own,
    connect: (over) => connect(own(over)),
    stop: () => redshift.close(),
  };
}
