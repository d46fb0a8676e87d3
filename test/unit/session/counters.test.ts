import { expect, it } from 'vitest';
import { connectMemory } from './harness.js';

it('a session counts calls, statements, rows, bytes, round trips, notices and cancels', async () => {
  const before = Date.now();
  const { connection, session, server } = await connectMemory();
  const { counters } = session;
  expect(counters.since).toBeGreaterThanOrEqual(before);
  expect(counters).toMatchObject({ calls: 0, statements: 0, rows: 0, roundTrips: 1, cancels: 0 });
  await connection.query('rows 3 a');
  // BEGIN and the SELECT, in a block that prepares and one that runs.
  expect(counters).toMatchObject({ calls: 1, statements: 2, rows: 3, roundTrips: 3 });
  expect(counters.bytesReceived).toBeGreaterThan(3000);
  expect(counters.bytesSent).toBeGreaterThan(50);
  server.say({ type: 'NoticeResponse', fields: new Map([['M', 'n']]) });
  const hanging = connection.query('hang').catch((error: unknown) => error);
  await new Promise((resolve) => setImmediate(resolve));
  await connection.cancel();
  await hanging;
  expect(counters).toMatchObject({ calls: 2, notices: 1, cancels: 1 });
  await connection.close();
});
