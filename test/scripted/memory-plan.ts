/** What a server in memory plays, in what pieces its bytes arrive, and what harm is done to them. */
import type { BackendMessage } from '../../src/protocol/messages.js';
import { scramVerifier, type ScramVerifier } from '../../src/protocol/scram-server.js';
import { parseTranscript, type Step } from './transcript.js';

/** Harm to one connection. */
export interface Harm {
  /** 1 for the first connection. */
  readonly connection: number;
  /** It strikes when so many bytes of the server have arrived, or so many messages of the client. */
  readonly when: { readonly bytes: number } | { readonly messages: number };
  readonly does:
    | 'fin'
    | 'rst'
    /** Nothing arrives any more, in either direction, and nobody is told. */
    | 'silence'
    /** Bytes arrive that the transcript does not have: in a piece of their own, or joined to what follows. */
    | { readonly insert: Uint8Array; readonly joined: boolean }
    /** The next byte arrives changed. */
    | { readonly mask: number };
}

export interface Plan {
  readonly harm?: Harm | undefined;
  /** Where the piece that begins at this byte ends at the latest; all that there is, unless given. */
  readonly pieces?: ((at: number, connection: number) => number) | undefined;
  /** Compare all that the client says with the transcript, not only the kinds of its messages. */
  readonly strict?: boolean;
  /** When the harm strikes. */
  readonly onHarm?: (() => void) | undefined;
}

/** A message of the server in the stream of its connection. */
export interface Mark {
  readonly at: number;
  readonly end: number;
  readonly message: BackendMessage;
}

/** A transcript that can be played over and over. */
export interface MemoryScript {
  readonly connections: readonly (readonly Step[])[];
  readonly secure: boolean;
  readonly verifiers: ReadonlyMap<string, ScramVerifier>;
}

export async function compileTranscript(text: string): Promise<MemoryScript> {
  const connections = parseTranscript(text);
  const verifiers = new Map<string, ScramVerifier>();
  for (const step of connections.flat()) {
    if (step.does === 'scram')
      verifiers.set(step.password, await scramVerifier(step.password, Buffer.alloc(16, 7)));
  }
  return { connections, secure: connections.flat().some(({ does }) => does === 'tls'), verifiers };
}
