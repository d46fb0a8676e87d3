/** What a command is, and what it may use. */

/** What a command has of the process. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Resolves when the user wants it to end: Ctrl-C, SIGTERM. To be called once, by a command that goes on until then. */
  readonly stopped: () => Promise<void>;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The text of `--help`. */
  readonly help: string;
  /** @returns the exit code: 0, 1 when it failed, 2 when it was called wrongly */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}
