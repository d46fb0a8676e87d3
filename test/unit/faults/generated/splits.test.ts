/**
 * The split test: a dialogue is the same whole, message by message, byte by byte, cut in two at each byte, and cut at
 * random. Results, events and what the client says do not depend on how its bytes arrive.
 */
// First of all, so that the driver finds the network in memory.
import './network.js';
import { describe, it } from 'vitest';
import { seededRandom } from '../../../scripted/faults.js';
import { converse } from './conversation.js';
import { dialogue, played, type Known } from './dialogues.js';
import { expectNone, Figures, seed, splits } from './figures.js';
import { unchanged } from './judge.js';

const figures = new Figures('The split matrix');
figures.install();

type Pieces = (at: number, connection: number) => number;

async function split(
  known: Known,
  kind: string,
  name: string,
  pieces: Pieces,
  failures: string[],
): Promise<void> {
  const account = await converse(known, { pieces });
  figures.count(known.name, kind, `${kind} ${name}`, unchanged(known, account), failures);
}

describe('13.4: the same answers however the bytes are split', () => {
  it.each(played)('%s: whole, by message, by byte, at each byte', { timeout: 120_000 }, async (name) => {
    const known = await dialogue(name);
    const failures: string[] = [];
    await split(known, 'whole', '', () => Infinity, failures);
    const ends = known.marks.map((marks) => marks.map(({ end }) => end));
    const byMessage: Pieces = (at, connection) => ends[connection - 1]!.find((end) => end > at) ?? Infinity;
    await split(known, 'by message', '', byMessage, failures);
    await split(known, 'by byte', '', (at) => at + 1, failures);
    for (let cut = known.begins + 1; cut < known.sizes[0]!; cut++) {
      await split(known, 'in two', `at ${String(cut)}`, (at) => (at < cut ? cut : Infinity), failures);
    }
    expectNone(failures);
  });

  it.each(played)(`%s: at random`, { timeout: 600_000 }, async (name) => {
    const known = await dialogue(name);
    const failures: string[] = [];
    for (let round = 0; round < splits; round++) {
      const random = seededRandom(seed + round);
      // From a few large pieces to many small ones.
      const most = 2 ** (1 + Math.floor(random() * 9));
      // The login in front of it is split in dialogues of its own.
      const pieces: Pieces = (at, connection) =>
        connection === 1 && at < known.begins ? known.begins : at + 1 + Math.floor(random() * most);
      await split(known, 'random', `${String(round)} (pieces up to ${String(most)})`, pieces, failures);
    }
    expectNone(failures);
  });
});
