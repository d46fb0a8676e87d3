/** Row R1: a slow reader of a result that is larger than the memory which the operating system lets the process have. */
import { describe, expect, it } from 'vitest';
import { ceiling, readUnderCeiling } from './ceiling.js';

const megabytes = 300;
const valueBytes = 1 + 975 + 1;

// RLIMIT_DATA counts all private memory since Linux 4.7; elsewhere there is no such bound, or it counts something else.
describe.skipIf(process.platform !== 'linux')('R1: 300 MB under a ceiling of 256 MB', () => {
  it.each([
    ['stream', false],
    ['stream', true],
    ['objects', false],
    ['fetchMany', true],
    ['data frames', false],
  ] as const)('R1: %s, TLS %s: all rows, little memory', { timeout: 120_000 }, async (reading, tls) => {
    const { code, signal, stderr, told, rows } = await readUnderCeiling({ reading, tls, megabytes });
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(told).toMatchObject({ rows, bytes: rows * valueBytes });
    expect(told?.peak).toBeLessThan(ceiling - 30);
  });

  it(
    'R1: a data frame is in memory once, also when its columns are looked at',
    { timeout: 120_000 },
    async () => {
      // The ceiling counts what is reserved; what counts here is what is resident.
      const plan = { reading: 'one data frame', tls: false, megabytes: 150, allowed: 700 } as const;
      const { code, signal, stderr, told, rows } = await readUnderCeiling(plan);
      expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
      expect(told).toMatchObject({ rows, bytes: rows * valueBytes });
      // The process without the driver has about 100; twice the frame would make 400 of it.
      expect(told?.peak).toBeLessThan(340);
      expect(told?.peak).toBeGreaterThan(150);
    },
  );

  it('R1: what is collected whole does not fit: the ceiling is one', { timeout: 120_000 }, async () => {
    const { code, signal } = await readUnderCeiling({ reading: 'collect', tls: false, megabytes });
    expect([code, signal]).not.toEqual([0, null]);
  });

  it(
    'R6: maxResultBytes ends the call before the ceiling ends the process',
    { timeout: 120_000 },
    async () => {
      const { code, stderr, told } = await readUnderCeiling({
        reading: 'collect a little',
        tls: false,
        megabytes,
        maxResultBytes: 30_000_000,
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(told?.error).toContain('maxResultBytes (30000000 bytes)');
      expect(told?.rows).toBe(1);
    },
  );
});
