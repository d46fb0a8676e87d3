/** Where a measurement connects to, and the driver as users have it: compiled (from the sources only where the bench is, too). */
import type * as Driver from '../src/index.js';

export interface Target {
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string;
  readonly protocol: 'redshift' | 'postgresql';
  /** PEM text of the authority; undefined: no TLS. */
  readonly ca?: string;
  /** A real server, which can do more than tell rows. */
  readonly live: boolean;
}

/** `build/bench/target.js` measures `dist/`. */
const place = import.meta.url.endsWith('.ts') ? '../src/index.js' : '../../dist/index.js';

/** Loaded by whoever measures it, and nobody else. */
export const driver = async (): Promise<typeof Driver> => (await import(place)) as typeof Driver;

export function settings(target: Target): Driver.ConnectOptions {
  return {
    host: 'localhost',
    port: target.port,
    user: target.user,
    database: target.database,
    protocol: target.protocol,
    password: target.password ?? 'none',
    autocommit: true,
    ...(target.ca === undefined ? { ssl: false, allowCleartextPassword: true } : { sslrootcert: target.ca }),
  };
}

export async function ours(target: Target, more: Driver.ConnectOptions = {}): Promise<Driver.Connection> {
  const { connect } = await driver();
  return connect({ ...settings(target), ...more });
}

/** The query for so many rows of a shape: the replay server looks at the comment only, a real one at the rest. */
export function query(target: Target, shape: string, rows: number): string {
  return target.live
    ? `select * from bench_${shape} limit ${String(rows)}`
    : `select /* ${shape} ${String(rows)} */ 1`;
}
