/** The table of commands, the help and the version. Commands write through a Terminal and answer with an exit code. */
import { createRequire } from 'node:module';
import type { Command, Terminal } from './command.js';
import { local } from './local.js';

const commands: readonly Command[] = [local];

const { version } = createRequire(import.meta.url)('redshift-connector/package.json') as { version: string };

/** Runs what the arguments ask for. Never rejects. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    const about = commands.find(({ name }) => name === rest[0]);
    (first === undefined ? terminal.err : terminal.out)(about?.help ?? help());
    return first === undefined ? 2 : 0;
  }
  if (first === '--version' || first === '-v') {
    terminal.out(`${version}\n`);
    return 0;
  }
  const command = commands.find(({ name }) => name === first);
  if (command === undefined) {
    const kind = first.startsWith('-') ? 'option' : 'command';
    terminal.err(
      `redshift-connector: unknown ${kind} ${JSON.stringify(first)}\nSee redshift-connector --help\n`,
    );
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.out(command.help);
    return 0;
  }
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    terminal.err(`redshift-connector ${first}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function help(): string {
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}\n`).join('');
  return `Usage: redshift-connector <command> [options]

Commands:
${list}
Options:
  --help     show this text, or after a command what the command takes
  --version  show the version
`;
}
