/** Logs in, and does not look at what becomes of it: Node prints the error and ends. `given`: port, and the password in parts. */
import { connect } from '../../../../src/index.js';
import { given } from './given.js';

const { port, parts } = given as { port: number; parts: string[] };
const conn = await connect({
  host: '127.0.0.1',
  port,
  database: 'dev',
  user: 'alice',
  password: parts.join(''),
  ssl: false,
  logger: console,
});
console.log(conn, conn.cursor());
await conn.query('select 1');
