/** `redshift-connector local`: starts a local Redshift, says how to connect, and keeps it until it is stopped. */
import { parseArgs } from 'node:util';
import { ArgumentError } from '../errors.js';
import type { LocalAuth, LocalRedshift, LocalRedshiftOptions } from '../local/index.js';
import type { Command, Terminal } from './command.js';
import { howToConnect } from './how-to-connect.js';

const help = `Usage: redshift-connector local [options]

Starts a Redshift on this machine to develop and test against, without an account or a network.
It runs until Ctrl-C; without --data nothing is left of it afterwards.

Options:
  --port N         port to listen on; 0 is a free one (default 5439, or a free one if that is taken)
  --host H         address to listen on (default 127.0.0.1)
  --data DIR       keep the databases in this folder
  --user U         the administrator (default awsuser)
  --password P     the administrator's password (default LocalRedshift1)
  --database D     the first database (default dev)
  --auth A         how clients log in: auto, trust, clear, md5, sha256 or scram (default auto)
  --no-ssl         plain connections only
  --require-ssl    encrypted connections only
  --verbose        say who logs in, and why a login is refused
  --help           show this text
`;

const flags = {
  port: { type: 'string' },
  host: { type: 'string' },
  data: { type: 'string' },
  user: { type: 'string' },
  password: { type: 'string' },
  database: { type: 'string' },
  auth: { type: 'string' },
  'no-ssl': { type: 'boolean' },
  'require-ssl': { type: 'boolean' },
  verbose: { type: 'boolean' },
} as const;

/** Milliseconds after which somebody who looks at an empty screen is told why. */
const patience = 2500;

/** Where the name of a flag is not that of the option. */
const flagOf: Readonly<Record<string, string>> = { dataDirectory: 'data' };

export const local: Command = {
  name: 'local',
  summary: 'start a Redshift on this machine to develop and test against',
  help,
  async run(args, terminal) {
    try {
      const { verbose, ...options } = readFlags(args);
      // On demand: the help needs nothing of it, and its programs are an optional package.
      const { startLocalRedshift } = await import('../local/index.js');
      const log = verbose ? { log: (line: string) => terminal.err(`${line}\n`) } : {};
      const slow = setTimeout(() => {
        terminal.err('Preparing the engine. Only the first start on a machine takes some seconds.\n');
      }, patience);
      const starting = startLocalRedshift({ ...options, ...log }).finally(() => {
        clearTimeout(slow);
      });
      return await keep(await starting, terminal);
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      terminal.err(
        `redshift-connector local: ${asFlags(error.message)}\nSee redshift-connector local --help\n`,
      );
      return 2;
    }
  },
};

/** Errors about options begin a line with the option's name; here it is a flag. */
function asFlags(message: string): string {
  return message.replace(/^(Option |- )?(\w+)(?=: )/gm, (whole, lead: string | undefined, name: string) => {
    const flag = Object.hasOwn(flagOf, name) ? flagOf[name] : name;
    if (flag === undefined || !Object.hasOwn(flags, flag)) return whole;
    return `${lead === '- ' ? lead : ''}--${flag}`;
  });
}

async function keep(redshift: LocalRedshift, terminal: Terminal): Promise<number> {
  const stopped = terminal.stopped();
  terminal.out(howToConnect(redshift));
  await stopped;
  terminal.out('\nStopping.\n');
  await redshift.close();
  return 0;
}

/** @throws ArgumentError naming the flag */
export function readFlags(args: readonly string[]): LocalRedshiftOptions & { readonly verbose?: true } {
  const { values, positionals } = parse(args);
  if (positionals[0] !== undefined) {
    throw new ArgumentError(`unexpected argument ${JSON.stringify(positionals[0])}`);
  }
  const {
    port,
    data,
    auth,
    'no-ssl': plain = false,
    'require-ssl': encrypted = false,
    verbose = false,
    ...named
  } = values;
  if (plain && encrypted) throw new ArgumentError('--no-ssl and --require-ssl exclude each other');
  if (port !== undefined && !/^\d{1,5}$/.test(port)) {
    throw new ArgumentError('--port: must be a whole number from 0 to 65535');
  }
  return {
    ...named,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(data === undefined ? {} : { dataDirectory: data }),
    // What is none is refused with the list of those that are.
    ...(auth === undefined ? {} : { auth: auth as LocalAuth }),
    ...(verbose ? { verbose: true as const } : {}),
    ...(plain ? { ssl: false } : encrypted ? { ssl: 'required' as const } : {}),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: true });
  } catch (error) {
    // Node's own text names the flag; what follows its first sentence is advice for other programs.
    const [text = ''] = (error as Error).message.split(/(?<=')\. |\n/);
    throw new ArgumentError(text.charAt(0).toLowerCase() + text.slice(1));
  }
}
