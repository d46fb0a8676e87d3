/** What rows L6, L7 and O6 of the failure matrix mean to a pool: a lost connection is one less, one in a transaction is not handed on. */
import { expect, it } from 'vitest';
import { createPool } from '../../../src/index.js';
import { startScriptedServer, type Script } from '../../scripted/server.js';
import { complete, described, plain, playLines, row, serverError, until, works } from './dialogues.js';

const losses: readonly [string, string][] = [
  ['L6: 57P01 while idle, then FIN', `${serverError('57P01', 'shutting down', 'FATAL')}! cut`],
  ['L6: 57P05 while idle, then FIN', `${serverError('57P05', 'idle for too long', 'FATAL')}! cut`],
  ['L7: FIN while idle', '! cut'],
  ['L7: RST while idle', '! reset'],
];
it.each(losses)('%s: the next query of a pool gets a new connection', async (_name, loss) => {
  const script: Script = async (peer) => {
    await playLines(peer, `! login\n${works}`);
    if (peer.index === 1) {
      await peer.wait(30);
      await playLines(peer, loss);
    } else await peer.silence();
  };
  const server = await startScriptedServer(script);
  const pool = createPool({ ...plain, port: server.port });
  expect((await pool.query('select a')).rows).toEqual([{ a: 'x' }]);
  await until(() => pool.stats.total === 0, 'the pool to have noticed');
  expect((await pool.query('select a')).rows).toEqual([{ a: 'x' }]);
  expect(server.connections).toHaveLength(2);
  await pool.end();
  await server.close();
});

it('O6: a connection that the server says is in a transaction is rolled back or closed, never handed on as it is', async () => {
  for (const status of ['T', 'E']) {
    const handedOn: string[] = [];
    const script: Script = async (peer) => {
      await playLines(peer, `! login\n${described}${row()}${complete(status)}`);
      for (let next = await peer.next(); next !== undefined; next = await peer.next()) {
        if (next.type === 'Parse') handedOn.push(next.sql);
        if (next.type === 'Sync') {
          await peer.say(
            'ParseComplete',
            'BindComplete',
            'NoData',
            'CommandComplete tag="ROLLBACK"',
            'ReadyForQuery status="I"',
          );
        }
        if (next.type === 'Terminate') return;
      }
    };
    const server = await startScriptedServer(script);
    const pool = createPool({ ...plain, port: server.port, max: 1 });
    expect((await pool.query('select a')).rows).toEqual([{ a: 'x' }]);
    const conn = await pool.connect();
    expect(conn.transactionStatus).toBe('idle');
    expect(handedOn.filter((sql) => sql !== 'rollback')).toEqual([]);
    await pool.end();
    await server.close();
  }
});
