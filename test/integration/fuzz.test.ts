/** A few seconds of each target of test/fuzz that needs a server, from a new seed each time; see test/unit/fuzz.test.ts. */
import { describe, expect, it } from 'vitest';
import { runTarget, tell } from '../fuzz/engine.js';
import { targets } from '../fuzz/targets.js';

const seconds = 3;

describe('fuzz', () => {
  it.each(
    targets.filter(({ needs }) => needs === 'a server').map((target) => [target.name, target] as const),
  )(
    '%s',
    async (_name, target) => {
      const outcome = await runTarget(target, { seed: Date.now() >>> 0, seconds });
      console.log(tell(outcome));
      expect(outcome.found === undefined ? '' : tell(outcome)).toBe('');
      expect(outcome.inputs).toBeGreaterThan(0);
    },
    120_000,
  );
});
