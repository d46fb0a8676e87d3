import { describe, expect, it } from 'vitest';
import { findOption } from '../../../src/config/lookup.js';
import { parseConfig, parsePoolConfig } from '../../../src/config/parse.js';
import { poolOptions } from '../../../src/config/pool-options.js';
import { ArgumentError } from '../../../src/errors.js';

const base = { host: 'h', database: 'd', user: 'u' };

function problemsOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  return expect.fail('the options were taken');
}

describe('the options of a pool', () => {
  it('have their defaults', () => {
    expect(parsePoolConfig(base).pool).toEqual({
      min: 0,
      max: 10,
      idleTimeout: 30,
      acquireTimeout: 30,
      maxLifetime: 3600,
      maxUses: undefined,
      validateAfter: 5,
      allowExitOnIdle: false,
      onConnect: undefined,
      onRelease: undefined,
    });
  });

  it('are read in every spelling, from object, URL and environment', () => {
    const hook = (): void => undefined;
    const { pool } = parsePoolConfig(
      { ...base, max_uses: 7, idle_timeout: 0, maxLifetimeSeconds: 60, onConnect: hook } as never,
      { env: { REDSHIFT_MIN: '2', REDSHIFT_MAX_USES: '9', REDSHIFT_ALLOW_EXIT_ON_IDLE: 'true' } },
    );
    expect(pool).toMatchObject({ min: 2, maxUses: 7, idleTimeout: undefined, maxLifetime: 60 });
    expect(pool).toMatchObject({ allowExitOnIdle: true, onConnect: hook });
    expect(parsePoolConfig('redshift://u@h/d?max=3&validateAfter=0').pool).toMatchObject({
      max: 3,
      validateAfter: 0,
    });
  });

  it('leave a connection in autocommit unless told otherwise', () => {
    expect(parseConfig(base).autocommit).toBe(false);
    expect(parsePoolConfig(base).connection.autocommit).toBe(true);
    expect(parsePoolConfig({ ...base, autocommit: false }).connection.autocommit).toBe(false);
    expect(parsePoolConfig(base, { env: { REDSHIFT_AUTOCOMMIT: 'off' } }).connection.autocommit).toBe(false);
  });

  it('take the names of pg in milliseconds: connectionTimeoutMillis is the wait for a connection', () => {
    const given = { ...base, idleTimeoutMillis: 2500, connectionTimeoutMillis: 1500 } as never;
    const { pool, connection } = parsePoolConfig(given);
    expect(pool).toMatchObject({ idleTimeout: 2.5, acquireTimeout: 1.5 });
    expect(connection.connectTimeout).toBe(30);
    expect(parseConfig({ ...base, connectionTimeoutMillis: 1500 } as never).connectTimeout).toBe(1.5);
    expect(parsePoolConfig({ ...base, connection_timeout_millis: 0 } as never).pool.acquireTimeout).toBe(
      undefined,
    );
    expect(parsePoolConfig('redshift://u@h/d?connectionTimeoutMillis=1500').pool.acquireTimeout).toBe(1.5);
    expect(findOption('CONNECTIONTIMEOUTMILLIS', true, true)).toMatchObject({
      row: { name: 'acquireTimeout' },
    });
  });

  it('are told of all at once, with those of the connection', () => {
    const bad = {
      database: 'd',
      user: 'u',
      min: 5,
      max: 2,
      idleTimeout: -1,
      acquireTimeout: 30_000,
      maxUses: 0,
      validateAfter: 'x',
      allowExitOnIdle: 'perhaps',
      onConnect: 'set x to y',
      idleTimout: 3,
    };
    const error = problemsOf(() => parsePoolConfig(bad as never));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message.split('\n').sort()).toEqual([
      '- acquireTimeout: is in seconds, at most 3600; did you mean 30?',
      '- allowExitOnIdle: must be true or false',
      '- host: is required: the endpoint of the cluster or workgroup',
      '- idleTimeout: must be a number of seconds, 0 or more',
      '- idleTimout: is no option; did you mean idleTimeout?',
      '- maxUses: must be a whole number, 1 or more',
      '- min: is 5, more than max (2)',
      '- onConnect: must be a function',
      '- validateAfter: must be a number of seconds, 0 or more',
      '9 problems with the connection options:',
    ]);
    expect(problemsOf(() => parsePoolConfig({ ...base, max: 0 })).message).toMatch(
      /max: must be .* 1 or more/,
    );
    expect(problemsOf(() => parsePoolConfig(5 as never)).message).toMatch(/^A pool takes/);
  });
});

describe('connect', () => {
  it.each(poolOptions.map((row) => row.name))('says of %s that it belongs to createPool', (name) => {
    const value = name === 'onConnect' || name === 'onRelease' ? (): void => undefined : 1;
    const error = problemsOf(() => parseConfig({ ...base, [name]: value }));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toBe(`Option ${name}: is an option of a pool; give it to createPool()`);
  });

  it('says so by the name that was given, and leaves the environment to pools', () => {
    expect(problemsOf(() => parseConfig({ ...base, idleTimeoutMillis: 5 } as never)).message).toContain(
      'idleTimeout: is an option of a pool; give it to createPool() (given as idleTimeoutMillis)',
    );
    expect(problemsOf(() => parseConfig('redshift://u@h/d?max=3')).message).toContain('createPool');
    expect(parseConfig(base, { env: { REDSHIFT_MAX: '3' } }).database).toBe('d');
  });
});
