/** Statements that are aborted while the server prepares them; the soak found one that was used after it had been closed. */
import { describe, expect, it } from 'vitest';
import { connect } from '../../../src/index.js';
import { startScriptedServer } from '../../scripted/server.js';

const answered =
  '< BindComplete\n< DataRow values=["x"]\n< CommandComplete tag="SELECT"\n< ReadyForQuery status="I"\n';
const columns = '< ParameterDescription typeOids=[]\n< RowDescription fields=[{"name":"a","typeOid":25}]\n';
/** The statement comes again: what was prepared for the first run is closed, and prepared anew. */
const again = `> Close target="statement" name="rs_1"
> Parse statement="rs_2" sql="select a"
> Describe target="statement" name="rs_2"
> Sync
< CloseComplete
< ParseComplete
${columns}< ReadyForQuery status="I"
> Bind statement="rs_2" ...
> Execute
> Sync
${answered}> Bind statement="rs_2" ...
> Execute
> Sync
${answered}> Terminate
! connection
> CancelRequest ...
! cut`;

async function abortedThenAgain(script: string): Promise<void> {
  const server = await startScriptedServer(`! login\n${script}`);
  const conn = await connect({
    host: '127.0.0.1',
    port: server.port,
    database: 'dev',
    user: 'u',
    password: 'p',
    sslmode: 'disable',
    autocommit: true,
  });
  const call = conn.query('select a', null, { signal: AbortSignal.timeout(50) });
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  for (const run of [1, 2]) {
    expect((await conn.query('select a')).rows, `run ${String(run)}`).toEqual([{ a: 'x' }]);
  }
  await conn.close();
  await server.done();
  await server.close();
}

describe('a statement that is aborted while it is prepared', () => {
  const asked =
    '> Parse statement="rs_1" sql="select a"\n> Describe target="statement" name="rs_1"\n> Sync\n';

  it('behind ParseComplete, when the cancel comes too late, is prepared anew', async () => {
    await abortedThenAgain(
      `${asked}< ParseComplete\n! await 2\n${columns}< ReadyForQuery status="I"\n${again}`,
    );
  });

  it('behind ParseComplete, when the cancel hits, is prepared anew', async () => {
    await abortedThenAgain(
      `${asked}< ParseComplete\n! await 2\n< ErrorResponse S="ERROR" C="57014" M="cancelled"\n< ReadyForQuery status="I"\n${again}`,
    );
  });

  it('before ParseComplete, is closed all the same', async () => {
    await abortedThenAgain(
      `${asked}! await 2\n< ParseComplete\n${columns}< ReadyForQuery status="I"\n${again}`,
    );
  });

  it('before ParseComplete, and cancelled behind it, is closed all the same', async () => {
    await abortedThenAgain(
      `${asked}! await 2\n< ParseComplete\n< ErrorResponse S="ERROR" C="57014" M="cancelled"\n< ReadyForQuery status="I"\n${again}`,
    );
  });
});
