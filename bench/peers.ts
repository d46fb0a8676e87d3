/**
 * Connections of the other drivers, with the settings that their own documentation gives for speed. Each is loaded when it is
 * asked for, so that no process's memory is another driver's.
 */
import type pg from 'pg';
import type postgres from 'postgres';
import type { Target } from './target.js';

const pgSettings = (target: Target): pg.ClientConfig => ({
  host: 'localhost',
  port: target.port,
  user: target.user,
  database: target.database,
  password: target.password ?? 'none',
  ssl: target.ca === undefined ? false : { ca: target.ca },
});

export async function pgClient(target: Target): Promise<pg.Client> {
  const { default: loaded } = await import('pg');
  const client = new loaded.Client(pgSettings(target));
  await client.connect();
  return client;
}

export async function pgPool(target: Target, max: number): Promise<pg.Pool> {
  const { default: loaded } = await import('pg');
  return new loaded.Pool({ ...pgSettings(target), max });
}

export async function postgresClient(target: Target, max = 1): Promise<postgres.Sql> {
  const { default: loaded } = await import('postgres');
  return loaded({
    host: 'localhost',
    port: target.port,
    user: target.user,
    database: target.database,
    password: target.password ?? 'none',
    ssl: target.ca === undefined ? false : { ca: target.ca },
    max,
    // A look-up of array types after each login is one round trip that no other client makes.
    fetch_types: false,
    onnotice: () => undefined,
  });
}
