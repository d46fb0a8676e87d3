/**
 * What a server may say at any time changes nothing: a notice, a parameter and a notification between any two messages.
 * And a header of which one byte is wrong never passes for something else.
 */
// First of all, so that the driver finds the network in memory.
import './network.js';
import { describe, it } from 'vitest';
import { encodeBackend } from '../../../../src/protocol/backend.js';
import { parseMessage } from '../../../../src/protocol/describe.js';
import type { BackendMessage } from '../../../../src/protocol/messages.js';
import { seededRandom } from '../../../scripted/faults.js';
import { converse } from './conversation.js';
import { dialogue, played } from './dialogues.js';
import { expectNone, Figures, seed } from './figures.js';
import { mangled, unchanged } from './judge.js';

const figures = new Figures('The matrix of interruptions');
figures.install();

const asynchronous = {
  notice: 'NoticeResponse S="INFO" C="00000" M="interrupted"',
  parameter: 'ParameterStatus name="interrupted" value="1"',
  notification: 'NotificationResponse processId=4711 channel="interrupted" payload=""',
};

describe('O3: notices, parameters and notifications at every boundary of messages', () => {
  it.each(played)('%s', { timeout: 120_000 }, async (name) => {
    const known = await dialogue(name);
    const failures: string[] = [];
    const boundaries = [0, ...known.marks[0]!.map(({ end }) => end)].filter((end) => end >= known.begins);
    for (const [kind, line] of Object.entries(asynchronous)) {
      const insert = encodeBackend(parseMessage(line) as BackendMessage, 0);
      for (const bytes of boundaries) {
        for (const joined of [false, true]) {
          const harm = { connection: 1, when: { bytes }, does: { insert, joined } } as const;
          const account = await converse(known, { harm });
          const place = `at ${String(bytes)}${joined ? ', joined' : ''}`;
          figures.count(name, kind, `${kind} ${place}`, unchanged(known, account, 'interrupted'), failures);
        }
      }
    }
    expectNone(failures);
  });
});

describe('M2: each byte of each header changed', () => {
  it.each(played)('%s', { timeout: 120_000 }, async (name) => {
    const known = await dialogue(name);
    const failures: string[] = [];
    const random = seededRandom(seed);
    for (const { at } of known.marks[0]!.filter(({ end }) => end > known.begins)) {
      for (let byte = 0; byte < 5; byte++) {
        for (const mask of [1, 0x80, 0xff, 1 + Math.floor(random() * 255)]) {
          const harm = { connection: 1, when: { bytes: at + byte }, does: { mask } } as const;
          const account = await converse(known, { harm });
          const place = `byte ${String(byte)} of the header at ${String(at)} ^ ${String(mask)}`;
          figures.count(name, byte === 0 ? 'type' : 'length', place, mangled(known, account), failures);
        }
      }
    }
    expectNone(failures);
  });
});
