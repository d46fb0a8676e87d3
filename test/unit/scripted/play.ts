/** What a play is: what a user does in a dialogue, and what it may look at. */
import { expect } from 'vitest';
import type { ConnectOptions, Connection, RedshiftError } from '../../../src/index.js';
import type { FrontendMessage } from '../../../src/protocol/messages.js';

/** Connects to the server that plays the dialogue; options on top of the usual ones. */
export type Open = (options?: Partial<ConnectOptions>) => Promise<Connection>;
/** What a play may look at on the other side: what each connection said. */
export interface Heard {
  readonly connections: readonly { readonly messages: readonly FrontendMessage[] }[];
}
export interface Play {
  readonly tls?: true;
  run(open: Open, server: Heard): Promise<void>;
}

/** The error that a call rejects with. */
export async function failure(call: Promise<unknown>): Promise<RedshiftError> {
  return call.then(
    () => expect.fail('the call did not fail'),
    (error: unknown) => error as RedshiftError,
  );
}

const silent = (): void => undefined;
export const quiet = { debug: silent, info: silent, warn: silent, error: silent };
