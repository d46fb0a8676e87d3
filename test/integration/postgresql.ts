/** A private PostgreSQL for a test file, and connections to it as to a server that is no Redshift. */
import { connect, type ConnectOptions, type Connection } from '../../src/index.js';
import { createAuthority, loopbackNames } from '../../src/local/certificate.js';
import { startEngine, type Engine } from '../../src/local/engine/engine.js';

export interface TestServer {
  readonly engine: Engine;
  readonly authority: string;
  options(over?: ConnectOptions): ConnectOptions;
  connect(over?: ConnectOptions): Promise<Connection>;
  stop(): Promise<void>;
}

export async function startPostgresql(settings: Parameters<typeof startEngine>[0] = {}): Promise<TestServer> {
  const authority = await createAuthority('Test authority');
  const tls = await authority.issue({ commonName: 'localhost', ...loopbackNames });
  const engine = await startEngine({
    tcp: true,
    tls,
    superuser: 'tester',
    password: 'Secret1!',
    ...settings,
  });
  const options = (over: ConnectOptions = {}): ConnectOptions => ({
    protocol: 'postgresql',
    host: 'localhost',
    port: engine.port,
    database: engine.database,
    user: 'tester',
    password: 'Secret1!',
    sslrootcert: authority.cert,
    closeTimeout: 2,
    connectTimeout: 10,
    ...over,
  });
  return {
    engine,
    authority: authority.cert,
    options,
    connect: (over) => connect(options(over)),
    stop: () => engine.stop(),
  };
}
