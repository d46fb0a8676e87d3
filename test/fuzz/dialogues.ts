/** What servers said in the recorded dialogues of test/fixtures, as bytes, one message each. */
import { readdirSync, readFileSync } from 'node:fs';
import { encodeBackend } from '../../src/protocol/backend.js';
import { parseMessage } from '../../src/protocol/describe.js';
import type { BackendMessage } from '../../src/protocol/messages.js';

export interface RecordedDialogue {
  readonly name: string;
  readonly version: number;
  readonly messages: readonly Buffer[];
}

const folder = new URL('../fixtures/dialogues/', import.meta.url);

export function recordedDialogues(): RecordedDialogue[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => {
      const lines = readFileSync(new URL(name, folder), 'utf8').split('\n');
      const said = lines.filter((line) => line.startsWith('< ')).flatMap((line) => parsed(line.slice(2)));
      const version = Number(
        /metadata-version-(\d)/.exec(name)?.[1] ??
          (name.includes('postgresql') || name.includes('before-version-2') ? 0 : 2),
      );
      return { name, version, messages: said.map((message) => Buffer.from(encodeBackend(message, version))) };
    })
    .filter(({ messages }) => messages.length > 0);
}

/** Lines with a name in them that only a play fills in are left out. */
function parsed(line: string): BackendMessage[] {
  try {
    return [parseMessage(line) as BackendMessage];
  } catch {
    return [];
  }
}
