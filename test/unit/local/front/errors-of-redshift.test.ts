import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cancelled,
  clientFields,
  clientNotice,
  type Origin,
  refusalFields,
} from '../../../../src/local/front/errors-of-redshift.js';

const fields = (more: Readonly<Record<string, string>>): Map<string, string> =>
  new Map(Object.entries({ S: 'ERROR', V: 'ERROR', C: '42703', M: 'column "x" does not exist', ...more }));

/** The client's text is the engine's, from `start` on. */
const origin = (text: string, start = 0): Origin => ({
  text,
  start,
  sql: text.slice(start),
  position: (offset) => offset,
});

describe('an error', () => {
  it('has the fields of PostgreSQL 8, the place in the server’s code among them, which clients look at', () => {
    const told = clientFields(
      fields({ D: 'why', H: 'do', F: 'parse.c', L: '12', R: 'errorMissing', t: 'book' }),
    );
    expect([...told.keys()].sort()).toEqual(['C', 'D', 'F', 'H', 'L', 'M', 'R', 'S', 't']);
  });
  it('says where a user’s own procedure failed, not where a helper of the front did', () => {
    expect(clientFields(fields({ W: 'PL/pgSQL function archive() line 2 at RAISE' })).get('W')).toMatch(
      /archive/,
    );
    expect(clientFields(fields({ W: 'PL/pgSQL function rs_verifier(text) line 2' })).has('W')).toBe(false);
  });
  it('points at characters of the client’s message, whatever takes two code units', () => {
    const text = "select '😀'; select x";
    expect(clientFields(fields({ P: '8' }), origin(text, 13)).get('P')).toBe('20');
    expect(Array.from(text)[19]).toBe('x');
    expect(clientFields(fields({ P: '8' }), origin("select '😀', x")).get('P')).toBe('8');
    expect(clientFields(fields({ P: '13' }), origin("select '😀', x")).get('P')).toBe('13');
  });
  it('points at the character that the engine meant, in any text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '😀', 'é', ' '), { minLength: 1 }),
        fc.nat(),
        (characters, seed) => {
          const place = seed % characters.length;
          const told = clientFields(fields({ P: String(place + 1) }), origin(characters.join('')));
          expect(told.get('P')).toBe(String(place + 1));
        },
      ),
    );
  });
  it('points nowhere in text that the client did not write', () => {
    const generated: Origin = { text: 'a', start: 0, sql: 'generated', position: () => undefined };
    expect(clientFields(fields({ P: '3' }), generated).has('P')).toBe(false);
    expect(clientFields(fields({ P: '3' })).has('P')).toBe(false);
  });
  it('is worded as PostgreSQL 8 worded it', () => {
    const told = clientFields(fields({ C: '22P02', M: 'invalid input syntax for type bigint: "a"' }));
    expect(told.get('M')).toBe('invalid input syntax for integer: "a"');
  });
  it.each([
    ['22023', 'role "nobody" does not exist', 'user "nobody" does not exist'],
    ['42883', 'function ""revenue"(bigint)" does not exist', 'function revenue(bigint) does not exist'],
    ['42883', 'function ""books"."revenue"" does not exist', 'function books.revenue does not exist'],
    ['42P07', 'relation "books" already exists', 'Relation "books" already exists'],
  ])('%s names what it is about as Redshift does: %s', (sqlState, engine, told) => {
    expect(clientFields(fields({ C: sqlState, M: engine })).get('M')).toBe(told);
  });
  it.each([
    ['permission denied for table sales', 'permission denied for relation sales'],
    ['must be owner of view recent', 'must be owner of relation recent'],
    ['permission denied to set role "other"', 'permission denied to set session authorization'],
    ['permission denied for schema depot', 'permission denied for schema depot'],
  ])('%s is %s', (engine, redshift) => {
    expect(clientFields(fields({ C: '42501', M: engine })).get('M')).toBe(redshift);
  });
  it('tells of transactions that cannot be put in a row as Redshift does', () => {
    const told = clientFields(
      fields({ C: '40001', M: 'could not serialize access due to concurrent update' }),
    );
    expect([told.get('C'), told.get('M')]).toEqual(['XX000', '1023']);
    expect(told.get('D')).toMatch(/^Serializable isolation violation on a table in Redshift/);
  });
  it('of a cancelled statement names the process', () => {
    expect(cancelled(fields({ C: '57014' }), 4711).get('M')).toBe("Query (4711) cancelled on user's request");
    expect(cancelled(fields({}), 4711).get('M')).toBe('column "x" does not exist');
  });
});

describe('a refusal', () => {
  it('points into the message that its statement stands in', () => {
    const told = refusalFields(
      { kind: 'refuse', sqlState: '0A000', message: 'no', hint: 'do otherwise', at: 2 },
      "select '😀'; xxRETURNING",
      13,
    );
    expect(Object.fromEntries(told)).toEqual({ S: 'ERROR', C: '0A000', M: 'no', H: 'do otherwise', P: '15' });
  });
});

describe('a notice', () => {
  it('that something is missing is an INFO in Redshift’s words', () => {
    const told = clientNotice(fields({ S: 'NOTICE', C: '00000', M: 'table "t" does not exist, skipping' }));
    expect([told?.get('S'), told?.get('M')]).toEqual([
      'INFO',
      'Table "t" does not exist and will be skipped',
    ]);
  });
  it('that something is there already is one, too', () => {
    const told = clientNotice(
      fields({ S: 'NOTICE', C: '42P07', M: 'relation "t" already exists, skipping' }),
    );
    expect([told?.get('S'), told?.get('M')]).toEqual([
      'INFO',
      'Relation "t" already exists and will be skipped',
    ]);
  });
  it('of the engine’s own log is nobody’s business', () => {
    expect(clientNotice(fields({ S: 'LOG', M: 'parse tree:' }))).toBeUndefined();
  });
  it('of a user stays as it is', () => {
    expect(clientNotice(fields({ S: 'INFO', M: 'hello' }))?.get('M')).toBe('hello');
  });
});
