/** Where a measurement connects to, and the driver as users have it: compiled. */
import { pathToFileURL } from 'node:url';
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

export const driver = (await import(pathToFileURL('dist/index.js').href)) as typeof Driver;

export function ours(target: Target, more: Driver.ConnectOptions = {}): Promise<Driver.Connection> {
  return driver.connect({
    host: 'localhost',
    port: target.port,
    user: target.user,
    database: target.database,
    protocol: target.protocol,
    password: target.password ?? 'none',
    autocommit: true,
    ...(target.ca === undefined ? { ssl: false, allowCleartextPassword: true } : { sslrootcert: target.ca }),
    ...more,
  });
}

/** The query for so many rows of a shape: the replay server looks at the comment only, a real one at the rest. */
export function query(target: Target, shape: string, rows: number): string {
  return target.live
    ? `select * from bench_${shape} limit ${String(rows)}`
    : `select /* ${shape} ${String(rows)} */ 1`;
}
