/**
 * The connection is lost: at every byte of every dialogue by FIN and by RST, at every boundary of messages also by
 * silence and by garbage, and behind every message of the client. What had come whole counts, the rest is an error.
 */
// First of all, so that the driver finds the network in memory.
import './network.js';
import { describe, it } from 'vitest';
import { seededRandom } from '../../../scripted/faults.js';
import type { Harm } from '../../../scripted/memory-plan.js';
import { converse } from './conversation.js';
import { dialogue, played, type Known } from './dialogues.js';
import { expectNone, Figures, seed } from './figures.js';
import { lost, type Loss } from './judge.js';

const figures = new Figures('The matrix of lost connections');
figures.install();

/** What no server says, from the first byte on. */
const random = seededRandom(seed);
const garbage: Readonly<Record<string, Uint8Array>> = {
  zeros: new Uint8Array(16),
  ones: new Uint8Array(16).fill(255),
  http: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
  tls: Buffer.from([21, 3, 1, 0, 2, 2, 40]),
  frontend: Buffer.from([0x51, 0, 0, 0, 13, ...Buffer.from('select 1\0')]),
  noise: Uint8Array.from({ length: 40 }, (_, at) => (at === 0 ? 0x80 : 0) | Math.floor(random() * 128)),
};

async function lose(
  known: Known,
  kind: string,
  loss: Loss,
  harm: Omit<Harm, 'does'> & { does?: Harm['does'] },
  failures: string[],
  bystander: boolean,
): Promise<void> {
  const does = harm.does ?? (loss as 'fin');
  const account = await converse(known, { harm: { ...harm, does } }, { bystander });
  const place = JSON.stringify([harm.connection, harm.when, bystander]);
  figures.count(known.name, kind, `${kind} ${place}`, lost(known, account, loss, harm.connection), failures);
}

/** Where messages end, and the beginning; of the first connection only what is the dialogue's own. */
function boundaries(known: Known, connection: number): number[] {
  const ends = [0, ...known.marks[connection - 1]!.map(({ end }) => end)];
  return connection === 1 ? ends.filter((end) => end >= known.begins) : ends;
}

async function atBoundaries(known: Known, loss: Loss, failures: string[]): Promise<void> {
  const inserts = Object.values(garbage);
  for (const [index, { messages }] of known.whole.server.ends.entries()) {
    const connection = index + 1;
    const places: Harm['when'][] = boundaries(known, connection).map((bytes) => ({ bytes }));
    for (let said = 1; said <= messages.length; said++) {
      if (connection > 1 || said > known.loginMessages) places.push({ messages: said });
    }
    for (const [at, when] of places.entries()) {
      for (const bystander of connection === 1 ? [false, true] : [false]) {
        const insert = inserts[at % inserts.length]!;
        const kind = loss === 'garbage' ? 'garbage' : `${loss} at boundary`;
        await lose(
          known,
          kind,
          loss,
          { connection, when, ...(loss === 'garbage' ? { does: { insert, joined: at % 2 === 0 } } : {}) },
          failures,
          bystander,
        );
      }
    }
  }
}

/** RST only at one byte in four, another one in each run: what it changes is the cause. */
async function atEveryByte(known: Known, loss: 'fin' | 'rst', failures: string[]): Promise<void> {
  const step = loss === 'fin' ? 1 : 4;
  for (let bytes = known.begins + (seed % step); bytes <= known.sizes[0]!; bytes += step) {
    await lose(known, `${loss} at byte`, loss, { connection: 1, when: { bytes } }, failures, bytes % 2 === 1);
  }
}

const patient = { timeout: 300_000 };

describe('L1: FIN at every boundary of messages', () => {
  it.each(played)('%s', patient, async (name) => {
    const failures: string[] = [];
    await atBoundaries(await dialogue(name), 'fin', failures);
    expectNone(failures);
  });
});

describe('L2: RST at every boundary of messages', () => {
  it.each(played)('%s', patient, async (name) => {
    const failures: string[] = [];
    await atBoundaries(await dialogue(name), 'rst', failures);
    expectNone(failures);
  });
});

describe('L3: a cut behind every byte, inside of messages too', () => {
  it.each(played)('%s', patient, async (name) => {
    const failures: string[] = [];
    await atEveryByte(await dialogue(name), 'fin', failures);
    await atEveryByte(await dialogue(name), 'rst', failures);
    expectNone(failures);
  });
});

describe('L4: silence at every boundary of messages', () => {
  it.each(played)('%s', patient, async (name) => {
    const failures: string[] = [];
    await atBoundaries(await dialogue(name), 'silence', failures);
    expectNone(failures);
  });
});

describe('M4: garbage at every boundary of messages', () => {
  it.each(played)('%s', patient, async (name) => {
    const failures: string[] = [];
    await atBoundaries(await dialogue(name), 'garbage', failures);
    expectNone(failures);
  });
});
