/** Which modules a program loads, ES modules and CommonJS: the price that every login pays for those of others. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** In front of the program: a hook that hears of every module, from the first on. */
const before = `
import { createRequire, register } from 'node:module';
import { MessageChannel } from 'node:worker_threads';
const { port1, port2 } = new MessageChannel();
const loaded = [];
port1.on('message', (url) => loaded.push(url));
register('data:text/javascript,' + encodeURIComponent(\`
  let port;
  export function initialize(data) { port = data.port; }
  export async function load(url, context, next) { port.postMessage(url); return next(url, context); }
\`), { data: { port: port2 }, transferList: [port2] });
`;
/** Behind it: the last messages of the hook have come when a turn of the loop is over. */
const after = `
setTimeout(() => {
  console.log(JSON.stringify([...loaded, ...Object.keys(createRequire(import.meta.url).cache)]));
  process.exit(0);
}, 50);
`;

/** What only some logins need, and no login by password may load. */
export const ofOtherLogins =
  /node_modules\/(@aws-sdk|@smithy|open|fast-xml-parser|parse5|https-proxy-agent)\//;

/**
 * @param program statements of an ES module; `await` is fine
 * @returns URLs and paths
 */
export async function loadedBy(
  program: string,
  { cwd, args = [], env = {} }: { cwd: string; args?: readonly string[]; env?: NodeJS.ProcessEnv },
): Promise<readonly string[]> {
  const { stdout } = await run(
    process.execPath,
    [...args, '--input-type=module', '--eval', before + program + after],
    { cwd, env: { ...process.env, ...env }, timeout: 60_000 },
  );
  return JSON.parse(stdout) as string[];
}
