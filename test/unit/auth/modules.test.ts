import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = new URL('../../..', import.meta.url);

/** What a program has loaded when it has logged in (or been refused) by password: the URLs of all its modules. */
const program = `
import { register } from 'node:module';
import { MessageChannel } from 'node:worker_threads';
const { port1, port2 } = new MessageChannel();
const loaded = [];
port1.on('message', (url) => loaded.push(url));
register('data:text/javascript,' + encodeURIComponent(\`
  let port;
  export function initialize(data) { port = data.port; }
  export async function load(url, context, next) { port.postMessage(url); return next(url, context); }
\`), { data: { port: port2 }, transferList: [port2] });
const { connect } = await import('./src/index.js');
await connect({ host: '127.0.0.1', port: 1, database: 'dev', user: 'alice', password: 'x', sslmode: 'disable' }).catch((error) => {
  if (error.name !== 'ConnectError') throw error;
});
setTimeout(() => {
  console.log(JSON.stringify({ loaded, required: Object.keys((await0()).cache ?? {}) }));
  process.exit(0);
}, 50);
function await0() { return globalThis.process.getBuiltinModule?.('module')?.createRequire?.(process.cwd() + '/x.js') ?? {}; }
`;

describe('a login by password', () => {
  it('loads no package of AWS, no browser opener, and no parser of XML or HTML', async () => {
    const { stdout } = await run(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      { cwd: root, timeout: 60_000 },
    );
    const { loaded, required } = JSON.parse(stdout) as { loaded: string[]; required: string[] };
    const all = [...loaded, ...required];
    expect(all.some((url) => url.endsWith('/src/client/connect.ts'))).toBe(true);
    const packages = all.filter((url) => url.includes('/node_modules/'));
    expect(
      packages.filter((url) =>
        /node_modules\/(@aws-sdk|@smithy|open|fast-xml-parser|parse5|https-proxy-agent)\//.test(url),
      ),
    ).toEqual([]);
    // Nor our own half of AWS, or any plugin.
    expect(
      all.filter((url) => /\/src\/(aws\/|auth\/(iam|saml|flow|resolve-flow|plugins\/(?!index)))/.test(url)),
    ).toEqual([]);
  });
});
