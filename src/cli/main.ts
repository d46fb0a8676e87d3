#!/usr/bin/env node
/** The command `redshift-connector`: hands the process's arguments, output and signals to the commands. It decides nothing itself. */
import { run } from './commands.js';

/** Ctrl-C, a closed terminal, and what a supervisor sends. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stopped: () =>
    new Promise((resolve) => {
      let asked = false;
      for (const signal of stopSignals) {
        process.on(signal, () => {
          // Who asks twice does not want to wait; what is left behind is cleared away by the watchdog.
          if (asked) process.exit(130);
          asked = true;
          resolve();
        });
      }
    }),
});
