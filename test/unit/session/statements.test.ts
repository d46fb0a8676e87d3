import { describe, expect, it } from 'vitest';
import { PreparedStatement, StatementCache } from '../../../src/session/statements.js';

const closes = (cache: StatementCache): string[] =>
  cache.closing().map((message) => {
    const name = message.type === 'Close' ? message.name : '?';
    cache.told(name);
    return name;
  });

function filled(capacity: number, count: number): StatementCache {
  const cache = new StatementCache(capacity);
  for (let n = 0; n < count; n++) cache.add(`k${String(n)}`, new PreparedStatement(cache.newName(), []));
  return cache;
}

describe('StatementCache', () => {
  it('drops the least recently used statement and closes it with the next one', () => {
    const cache = filled(2, 2);
    expect(cache.get('k0')?.name).toBe('rs_1');
    cache.add('k2', new PreparedStatement(cache.newName(), []));
    expect(cache.get('k1')).toBeUndefined();
    expect(closes(cache)).toEqual(['rs_2']);
    expect(closes(cache)).toEqual([]);
    expect(cache.size).toBe(2);
  });

  it('tells statements of one text with other parameter types apart', () => {
    expect(StatementCache.key('select $1', [23])).not.toBe(StatementCache.key('select $1', [20]));
  });

  it.each(['ALTER TABLE', 'CREATE TABLE', 'DROP TABLE', 'ROLLBACK', 'DISCARD ALL', 'DEALLOCATE ALL'])(
    'forgets all after %s',
    (command) => {
      const cache = filled(10, 3);
      cache.completed(command);
      expect(cache.size).toBe(0);
      expect(closes(cache)).toHaveLength(3);
    },
  );

  it.each(['SELECT', 'INSERT', 'COMMIT', 'BEGIN', 'SET'])('keeps all after %s', (command) => {
    const cache = filled(10, 3);
    cache.completed(command);
    expect(cache.size).toBe(3);
  });

  it('keeps nothing with a capacity of 0: every statement is unnamed', () => {
    const cache = new StatementCache(0);
    expect(cache.newName()).toBe('');
    cache.add('k', new PreparedStatement('', []));
    expect(cache.size).toBe(0);
    cache.abandon('');
    expect(closes(cache)).toEqual([]);
  });

  it('stays bounded over 100,000 distinct statements', () => {
    const cache = new StatementCache(100);
    let closed = 0;
    for (let n = 0; n < 100_000; n++) {
      cache.add(`k${String(n)}`, new PreparedStatement(cache.newName(), []));
      closed += closes(cache).length;
    }
    expect(cache.size).toBe(100);
    expect(closed).toBe(99_900);
  });

  it('keeps a Close due until it was written', () => {
    const cache = filled(1, 2);
    expect(cache.closing()).toHaveLength(1);
    expect(closes(cache)).toEqual(['rs_1']);
    expect(cache.closing()).toEqual([]);
  });
});
