/** The published table: every row of docs/local-redshift.md runs here, in the order of the page. */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServer, startLocal } from './harness.js';

interface Row {
  readonly section: string;
  readonly statement: string;
  readonly answer: string;
}

const page = readFileSync(new URL('../../../docs/local-redshift.md', import.meta.url), 'utf8');
const objects = /```sql\n([^`]*)```/.exec(page)?.[1] ?? '';

/** Rows `| statement | answer | remark |`; a bar inside code is written `\|`. */
function rows(): Row[] {
  const found: Row[] = [];
  let section = '';
  for (const line of page.split('\n')) {
    section = /^## (.*)$/.exec(line)?.[1] ?? section;
    const cells = /^\| `(.*?)` \| (.*?) \| .*\|$/.exec(line) ?? /^\| `(.*?)` \| (.*?) \| ?\|$/.exec(line);
    if (!cells) continue;
    found.push({ section, statement: (cells[1] ?? '').replaceAll('\\|', '|'), answer: cells[2] ?? '' });
  }
  return found;
}

let local: LocalServer;
let client: pg.Client;

beforeAll(async () => {
  local = await startLocal();
  const { host, port, database, user, password } = local.redshift;
  // Values as the server wrote them.
  const types = { getTypeParser: () => String } as unknown as pg.CustomTypesConfig;
  client = new pg.Client({ host, port, database, user, password, types });
  await client.connect();
  for (const statement of statements(objects)) await client.query(statement);
});

afterAll(async () => {
  await client.end();
  await local.stop();
});

/** No literal of the page holds a `;` but the bodies in `$$`. */
function statements(text: string): string[] {
  return text
    .split(/;(?=(?:[^$]*\$\$[^$]*\$\$)*[^$]*$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

async function outcome(statement: string): Promise<{ value?: string; code?: string; message?: string }> {
  try {
    let value: unknown;
    for (const one of statements(statement)) {
      const { rows: answered } = await client.query<unknown[]>({ text: one, rowMode: 'array' });
      value = answered[0]?.[0];
    }
    return typeof value === 'string' ? { value } : {};
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code === undefined ? { message } : { code, message };
  } finally {
    if (statement.startsWith('begin')) await client.query('rollback');
  }
}

const all = rows();

describe.each([...new Set(all.map((row) => row.section))])('%s', (section) => {
  const list = all.filter((row) => row.section === section);
  it.each(list.map(({ statement, answer }) => [statement, answer] as const))(
    '%s → %s',
    async (statement, answer) => {
      const got = await outcome(statement);
      const refused = /^refused `(\w{5})`$/.exec(answer)?.[1];
      const value = /^`(.*)`$/.exec(answer)?.[1];
      if (refused !== undefined) {
        expect(got.code, got.message ?? 'it ran').toBe(refused);
        expect(got.message).not.toMatch(/not yet in the local Redshift/);
      } else if (answer === 'not yet') {
        expect(got.code, got.message ?? 'it ran').toBe('0A000');
        expect(got.message).toMatch(/is not yet in the local Redshift/);
      } else {
        expect(got.code, got.message).toBeUndefined();
        if (value !== undefined) expect(got.value).toBe(value);
        else expect(answer).toBe('works');
      }
    },
  );
});
