/** Every dialogue is had by the driver: what it says is what the dialogue says, and its answers are right. */
import { beforeAll, describe, expect, it } from 'vitest';
import { RedshiftError } from '../../../src/index.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import { parseTranscript } from '../../scripted/transcript.js';
import { dialogues, have, readDialogue, type Harm } from './have.js';
import { plays } from './plays.js';

let made: Certificates;
beforeAll(async () => {
  made = await makeCertificates();
});

/** It went as the dialogue has it, on both sides. */
async function succeed(name: string, harm?: Harm): Promise<void> {
  const { complaint, error } = await have(name, made, harm);
  // What the server saw often tells more than what the driver made of it.
  expect(complaint).toBe('');
  if (error !== undefined) throw error as Error;
}

it('each dialogue has its play, its source, and can be read', () => {
  expect(Object.keys(plays).sort()).toEqual(dialogues);
  for (const name of dialogues) {
    expect(readDialogue(name), name).toMatch(/^# /);
    expect(parseTranscript(readDialogue(name)).length).toBeGreaterThan(0);
  }
});

describe('as it stands', () => {
  it.each(dialogues)('%s', (name) => succeed(name));
});

describe('byte by byte', () => {
  // A result of 20 MB would take minutes; what matters about it is its size.
  it.each(dialogues.filter((name) => name !== 'large-result'))('%s', (name) =>
    succeed(name, { toClient: { does: 'split', piece: 1 }, toServer: { does: 'split', piece: 1 } }),
  );
});

describe('in random pieces', () => {
  it.each(dialogues)('%s', (name) => {
    const fault = { does: 'shuffle', seed: 20_240_229, most: name === 'large-result' ? 60_000 : 64 } as const;
    return succeed(name, { toClient: fault, toServer: fault });
  });
});

describe('cut off', () => {
  // P1 and P3: at whatever byte the connection breaks, every call settles at once, and what was whole before stays so.
  it.each(dialogues.filter((name) => name !== 'large-result'))('%s', async (name) => {
    const { bytes } = await have(name, made, {});
    for (let part = 0; part < 12; part++) {
      const at = Math.floor((bytes * part) / 12);
      const how = part % 2 === 0 ? 'fin' : 'rst';
      const { error, took } = await have(name, made, { toClient: { does: 'cut', at, how } });
      const place = `cut (${how}) behind byte ${String(at)} of ${String(bytes)}`;
      expect(took, place).toBeLessThan(1000);
      expect(isExpected(error), `${place}: ${String(error)}`).toBe(true);
    }
  });
});

/** The driver's own error; or nothing; or an answer of it that the play did not like, as the connection was lost. */
function isExpected(error: unknown): boolean {
  return error === undefined || error instanceof RedshiftError || (error as Error).name === 'AssertionError';
}
