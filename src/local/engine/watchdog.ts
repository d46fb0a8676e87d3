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
/** What it exits with when it cannot copy the template. */
export const copyFailed = 98;

/** What the watchdog does in its folder, apart from removing it. */
export interface Job {
  /**
   * `initdb`: a server on a fresh database; `copy`: on a copy of the template; `keep`: on the database that is there.
   * `build`: no server, but a database that the given SQL has run in; `types` in binary-upgrade mode.
   */
  readonly kind: 'initdb' | 'copy' | 'keep' | 'build';
  readonly bin: string;
  readonly superuser: string;
  readonly encryption: 'md5' | 'scram-sha-256';
  /** Where the database is or goes; a relative path is one inside the folder. */
  readonly data: string;
  readonly template?: string;
  readonly serverArguments?: readonly string[];
  readonly types?: string;
  readonly objects?: string;
  /** They reach the shell through its environment, which nobody else can read and the server does not inherit. */
  readonly secrets?: Readonly<Record<string, string>>;
}

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
  if [ -e built ]; then
    remove
    exit 0
  fi
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

input=/dev/null
output=log
step() {
  "$@" <$input 2>>log >>$output &
  echo $! >step
  wait $!
  status=$?
  : >step
  return $status
}
put() {
  if [ -n "$2" ]; then printf '%s\n' "$2" >"$1"; fi
}

job=$1
bin=$2
superuser=$3
encryption=$4
data=$5
template=$6
shift 6
initialise() {
  step "$bin/initdb" -D "$data" -U "$superuser" -A trust -E UTF8 --locale=C \
    --locale-provider=builtin --builtin-locale=C.UTF-8 --set "password_encryption=$encryption" \
    --no-sync --no-instructions "$@"
}
single() {
  input=$1
  output=/dev/null
  shift
  step "$bin/postgres" --single -j -F -D "$data" -c exit_on_error=on -c allow_system_table_mods=on \
    -c log_min_error_statement=panic -c wal_level=minimal -c max_wal_senders=0 -c timezone=UTC "$@" template1
}
put hba.conf "$ENGINE_HBA"
put server.crt "$ENGINE_CERT"
put server.key "$ENGINE_KEY"
put password "$ENGINE_PASSWORD"
unset ENGINE_HBA ENGINE_CERT ENGINE_KEY ENGINE_PASSWORD
case $job in
initdb)
  initialise $(if [ -f password ]; then echo --pwfile=password; fi) && rm -f password
  ;;
copy)
  step cp -R -- "$template" "$data" || (exit ${copyFailed})
  ;;
keep) ;;
build)
  cat <&4 >types.sql && cat <&5 >objects.sql && initialise --wal-segsize=1 &&
    single types.sql -b && single objects.sql && : >built && printf 'built\n' && wait $reader && exit 0
  ;;
esac &&
  step "$bin/postgres" -D "$data" "$@"
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
  /** For a job `build`: resolves when the database is complete; rejects with what the programs said if it is not. */
  readonly built: Promise<void>;
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

/** Makes `folder` (mode 0700), and does the job in it if one is given. */
export function startWatchdog(folder: string, account: Account | undefined, job?: Job): Watchdog {
  const options: SpawnOptions = {
    cwd: '/',
    // A session of its own: Ctrl-C in a terminal must not stop the server under a program that still uses it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'ignore', ...(job?.kind === 'build' ? (['pipe', 'pipe'] as const) : [])],
    env: {
      PATH: [process.env['PATH'], '/usr/bin', '/bin'].filter(Boolean).join(':'),
      LC_ALL: 'C',
      TZ: 'UTC',
      ENGINE_HBA: '',
      ENGINE_CERT: '',
      ENGINE_KEY: '',
      ENGINE_PASSWORD: '',
      ...job?.secrets,
    },
    ...account,
  };
  const child = spawn('/bin/sh', ['-c', script, 'watchdog', folder, ...jobArguments(job)], options);
  const pipes: readonly (Socket | null | undefined)[] = child.stdio as unknown as (
    Socket | null | undefined
  )[];
  for (const pipe of pipes) pipe?.on('error', () => undefined);
  pipes[4]?.end(job?.types ?? '');
  pipes[5]?.end(job?.objects ?? '');
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

function jobArguments(job: Job | undefined): string[] {
  if (job === undefined) return [];
  const { kind, bin, superuser, encryption, data, template = '', serverArguments = [] } = job;
  return [kind, bin, superuser, encryption, data, template, ...serverArguments];
}

function follow(child: ChildProcess, folder: string): Pick<Watchdog, 'made' | 'built' | 'ended'> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-16_384);
  });
  const ended = new Promise<{ status: number | null; said: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, said }));
  });
  let steps = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (steps += text));
  const reached = (step: string, failure: (status: number | null) => Error): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', () => {
        if (steps.includes(step)) resolve();
      });
      ended.then(({ status }) => reject(failure(status)), reject);
    });
  const made = reached('made\n', (status) => refusal(status, said, folder));
  const built = reached('built\n', () => new Error(said.trim()));
  // Whoever does not wait for one of them has not asked for its failure either.
  for (const promise of [made, built, ended]) promise.catch(() => undefined);
  return { made, built, ended };
}

function refusal(status: number | null, said: string, folder: string): Error {
  const message = `Cannot make the folder ${folder}: ${said.trim()}`;
  return status === folderRefused ? new FolderRefused(message) : new Error(message);
}
