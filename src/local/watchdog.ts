/**
 * A small shell process that owns a private folder and, if asked, the PostgreSQL server in it. It reads a pipe from us;
 * when the pipe ends, for whatever reason (a call, the end of our process, SIGKILL), it stops the server and removes
 * the folder. So there is one way to clean up, and this process needs no exit hook and no signal handler.
 * It never touches a process that it did not start, nor a folder that it did not make.
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import type { Socket } from 'node:net';

/** The user and group that the watchdog, the server and the folder belong to; undefined: our own. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** What the shell exits with when it cannot make the folder. */
export const folderRefused = 97;

/**
 * Shell rather than Node: it starts in a millisecond, needs 1 MB, and every account can run it, while Node may live
 * below somebody's private home. The server is its child, so that no moment exists in which only we know of it.
 *
 * Fast shutdown (SIGINT) first, SIGQUIT after 5 s, SIGKILL 2 s later (PostgreSQL manual, "Shutting Down the Server").
 * The signal is repeated, because initdb may just be handing over to the server, which ignores it for an instant.
 * Should the main shell itself be killed, the reader takes over its part.
 */
const script = String.raw`
umask 077
trap '' HUP INT TERM PIPE
folder=$1
shift
mkdir -- "$folder" && cd -- "$folder" || exit ${folderRefused}
exec 3<&0 </dev/null
remove() {
  cd /
  tries=0
  until rm -rf -- "$folder" 2>/dev/null || [ "$tries" -ge 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
}
printf 'made\n'
if [ $# -eq 0 ]; then
  while read -r _ <&3; do :; done
  remove
  exit 0
fi

: >step
{
  while read -r _ <&3; do :; done
  rounds=0
  signal=INT
  while :; do
    if read -r pid <step; then kill -s "$signal" "$pid" || kill -0 $$ || break; fi
    sleep 0.1
    rounds=$((rounds + 1))
    case $rounds in 50) signal=QUIT ;; 70) signal=KILL ;; esac
  done
  remove
} >/dev/null 2>&1 &
reader=$!
exec 3<&-

step() {
  "$@" >>log 2>&1 &
  echo $! >step
  wait $!
  status=$?
  : >step
  return $status
}
put() {
  if [ -n "$2" ]; then printf '%s\n' "$2" >"$1"; fi
}

bin=$1
superuser=$2
encryption=$3
shift 3
put hba.conf "$ENGINE_HBA"
put server.crt "$ENGINE_CERT"
put server.key "$ENGINE_KEY"
put password "$ENGINE_PASSWORD"
unset ENGINE_HBA ENGINE_CERT ENGINE_KEY ENGINE_PASSWORD
step "$bin/initdb" -D data -U "$superuser" -A trust -E UTF8 --locale=C \
  --locale-provider=builtin --builtin-locale=C.UTF-8 --set "password_encryption=$encryption" \
  --no-sync --no-instructions \
  $(if [ -f password ]; then echo --pwfile=password; fi) &&
  rm -f password &&
  step "$bin/postgres" -D data "$@"
status=$?
tail -c 8000 log >&2 2>/dev/null
kill -s KILL $reader 2>/dev/null
wait $reader 2>/dev/null
remove
exit $status
`;

/** A watchdog that runs: how it ended, and how to end it. */
export interface Watchdog {
  readonly pid: number | undefined;
  /** Resolves when the folder is there; rejects when the process cannot be started or the folder cannot be made. */
  readonly made: Promise<void>;
  /** Resolves when watchdog, server and folder are gone. */
  readonly ended: Promise<{ readonly status: number | null; readonly said: string }>;
  /** Asks for that end; any number of times. */
  end(): void;
  /** Lets our process end while this one runs; it ends then, too. */
  unref(): void;
  ref(): void;
}

/** The folder exists already, or the account may not make it there. */
export class FolderRefused extends Error {}

/**
 * Makes `folder` (mode 0700), and runs a server in it if `server` is given.
 * `secrets` reach the shell through its environment, which nobody else can read and the server does not inherit.
 */
export function startWatchdog(
  folder: string,
  account: Account | undefined,
  server?: { readonly args: readonly string[]; readonly secrets: Readonly<Record<string, string>> },
): Watchdog {
  const options: SpawnOptions = {
    cwd: '/',
    // A session of its own: Ctrl-C in a terminal must not stop the server under a program that still uses it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: [process.env['PATH'], '/usr/bin', '/bin'].filter(Boolean).join(':'),
      LC_ALL: 'C',
      TZ: 'UTC',
      ENGINE_HBA: '',
      ENGINE_CERT: '',
      ENGINE_KEY: '',
      ENGINE_PASSWORD: '',
      ...server?.secrets,
    },
    ...account,
  };
  const child = spawn('/bin/sh', ['-c', script, 'watchdog', folder, ...(server?.args ?? [])], options);
  const pipes = [child.stdin, child.stdout, child.stderr] as unknown as (Socket | null)[];
  for (const pipe of pipes) pipe?.on('error', () => undefined);
  return {
    pid: child.pid,
    ...follow(child, folder),
    end: () => {
      child.stdin?.end();
    },
    unref: () => {
      child.unref();
      for (const pipe of pipes) pipe?.unref();
    },
    ref: () => {
      child.ref();
      for (const pipe of pipes) pipe?.ref();
    },
  };
}

function follow(child: ChildProcess, folder: string): Pick<Watchdog, 'made' | 'ended'> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-16_384);
  });
  const ended = new Promise<{ status: number | null; said: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, said }));
  });
  const made = new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    ended.then(({ status }) => reject(refusal(status, said, folder)), reject);
  });
  // Whoever does not wait for one of them has not asked for its failure either.
  made.catch(() => undefined);
  ended.catch(() => undefined);
  return { made, ended };
}

function refusal(status: number | null, said: string, folder: string): Error {
  const message = `Cannot make the folder ${folder}: ${said.trim()}`;
  return status === folderRefused ? new FolderRefused(message) : new Error(message);
}
