/** What the driver opened itself and still has to undo is no transaction of the user's; the soak found that it was taken for one. */
import { describe, expect, it } from 'vitest';
import { connectMemory } from '../session/harness.js';

describe('behind an executeMany that was given up under autocommit', () => {
  it.each(['timeout', 'signal'] as const)(
    '(by its %s) a transaction can begin at once, and holds nothing of it',
    async (how) => {
      const { connection, server } = await connectMemory({ autocommit: true });
      const options = how === 'timeout' ? { timeout: 0.03 } : { signal: AbortSignal.timeout(30) };
      await expect(connection.cursor().executeMany('hang', [[], []], options)).rejects.toThrow();
      expect(connection.transactionStatus).toBe('idle');
      // The first block of it is answered, with the transaction that it had begun; the driver has yet to end that.
      const aborted = connection.query('rows 1', null, { signal: AbortSignal.abort() });
      await expect(aborted).rejects.toMatchObject({ sent: false });
      await expect(
        connection.transaction(async (conn) => (await conn.query('rows 2 a')).rows.length),
      ).resolves.toBe(2);
      expect(connection.transactionStatus).toBe('idle');
      expect(server.executed.slice(-5)).toEqual([
        'hang',
        'rollback',
        'begin transaction',
        'rows 2 a',
        'commit',
      ]);
      await connection.close();
    },
  );

  it('a transaction can begin while the driver is rolling its own one back', async () => {
    const { connection, session, server } = await connectMemory({ autocommit: true });
    await expect(connection.cursor().executeMany('hang', [[]], { timeout: 0.03 })).rejects.toThrow();
    while (session.status === 'I') await new Promise((resolve) => setImmediate(resolve));
    expect(session.busy).toBe(true);
    await connection.transaction((conn) => conn.query('rows 1 a'));
    expect(server.executed.slice(-4)).toEqual(['rollback', 'begin transaction', 'rows 1 a', 'commit']);
    await connection.close();
  });

  it('a transaction that the user began is still in the way', async () => {
    const { connection, server } = await connectMemory({ autocommit: true });
    await connection.query('begin transaction');
    await expect(connection.transaction(() => undefined)).rejects.toThrow('A transaction is open already');
    expect(connection.transactionStatus).toBe('transaction');
    expect(server.executed).toEqual(['begin transaction']);
    await connection.close();
  });
});
