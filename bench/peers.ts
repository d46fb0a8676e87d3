/** Connections of the other drivers, with the settings that their own documentation gives for speed. */
import pg from 'pg';
import postgres from 'postgres';
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
  const client = new pg.Client(pgSettings(target));
  await client.connect();
  return client;
}

export function pgPool(target: Target, max: number): pg.Pool {
  return new pg.Pool({ ...pgSettings(target), max });
}

export function postgresClient(target: Target, max = 1): postgres.Sql {
  return postgres({
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
