/** The comparison that every measured client has to pass finds what is wrong, and takes each driver's own forms of a value. */
import { describe, expect, it } from 'vitest';
import { firstDifference, type Exact, type Kind } from '../../../bench/exact.js';

const one = (kind: Kind, text: string | null): Exact => ({ columns: [{ name: 'x', kind }], rows: [[text]] });

const good: [Kind, unknown, string | null][] = [
  ['integer', 12, '12'],
  ['integer', '9007199254740993', '9007199254740993'],
  ['integer', 9007199254740993n, '9007199254740993'],
  ['numeric', '1.50', '1.50'],
  ['numeric', 1.5, '1.50'],
  ['float', 0.1, '0.1'],
  ['text', 'Zürich', 'Zürich'],
  ['bool', true, 't'],
  ['bool', 0, 'f'],
  ['date', 19782, '2024-02-29'],
  ['date', '2024-02-29', '2024-02-29'],
  ['date', new Date('2024-02-29'), '2024-02-29'],
  ['timestamp', new Date('2024-01-01T00:00:00.977Z'), '2024-01-01 00:00:00.977'],
  ['timestamp', 1704067200977000n, '2024-01-01 00:00:00.977'],
  ['timestamp', 1704067200977123n, '2024-01-01 00:00:00.977123'],
  ['timestamptz', '2024-06-01 00:00:01+00', '2024-06-01 00:00:01+00'],
  ['timestamptz', new Date('2024-06-01T00:00:01Z'), '2024-06-01 00:00:01+00'],
  ['text', null, null],
];

const bad: [Kind, unknown, string | null][] = [
  ['integer', 9007199254740992, '9007199254740992'],
  ['integer', 13, '12'],
  ['numeric', '1.5', '1.50'],
  ['numeric', '1.50 ', '1.50'],
  ['float', 0.1 + 0.2, '0.3'],
  ['text', undefined, 'a'],
  ['text', '', null],
  ['text', null, ''],
  ['bool', 't', 't'],
  ['bool', false, 't'],
  ['bool', 2, 't'],
  ['date', 19783, '2024-02-29'],
  ['timestamp', new Date('2024-01-01T00:00:00.976Z'), '2024-01-01 00:00:00.977'],
  ['timestamp', 1704067200977000n, '2024-01-01 00:00:00.977001'],
  ['timestamptz', '2024-06-01 00:00:01', '2024-06-01 00:00:01+00'],
];

describe('firstDifference', () => {
  it.each(good)('%s: %o is %s', (kind, value, text) => {
    expect(firstDifference(one(kind, text), [[value]])).toBeUndefined();
  });

  it.each(bad)('%s: %o is not %s', (kind, value, text) => {
    expect(firstDifference(one(kind, text), [[value]])).toContain('Row 1, column x');
  });

  it('counts rows and columns', () => {
    expect(firstDifference(one('text', 'a'), [])).toBe('0 rows came, not 1');
    expect(firstDifference(one('text', 'a'), [['a', 'b']])).toBe('Row 1 has 2 columns, not 1');
  });
});
