/** Plans of statements for tests, in an idle session of an ordinary user unless said otherwise. */
import { expect } from 'vitest';
import type { Plan, Refusal, Run, SessionFacts } from '../../../../src/local/dialect/plan.js';
import { planStatement } from '../../../../src/local/dialect/plan-statement.js';

export const idle: SessionFacts = { transaction: 'idle', caseSensitive: false, user: 'awsuser' };
export const inTransaction: SessionFacts = { ...idle, transaction: 'open' };

export function plan(sql: string, facts: Partial<SessionFacts> = {}): Plan {
  return planStatement(sql, { ...idle, ...facts });
}

/** The plan of a statement that runs; one that asks first is answered with no rows. */
export function run(sql: string, facts: Partial<SessionFacts> = {}): Run {
  const made = plan(sql, facts);
  const settled = made.kind === 'ask' ? made.then([]) : made;
  if (settled.kind !== 'run') throw new Error(`${sql} gives ${JSON.stringify(settled)}`);
  return settled;
}

/** The engine's text, its blanks made single. */
export function engine(sql: string, facts: Partial<SessionFacts> = {}): string {
  return run(sql, facts)
    .sql.replace(/\s+/g, ' ')
    .replace(/ ?([(),]) ?/g, '$1')
    .trim();
}

export function refusal(sql: string, facts: Partial<SessionFacts> = {}): Refusal {
  const made = plan(sql, facts);
  if (made.kind !== 'refuse') throw new Error(`${sql} is not refused: ${JSON.stringify(made)}`);
  return made;
}

/** SQLSTATE, message and the text from the refused place on. */
export function expectRefusal(sql: string, sqlState: string, message: string | RegExp, at?: string): void {
  const made = refusal(sql);
  expect(made.sqlState, sql).toBe(sqlState);
  expect(made.message, sql).toMatch(message);
  if (at !== undefined) expect(sql.slice(made.at ?? 0).startsWith(at), `${sql} at ${made.at}`).toBe(true);
}

/** What a statement records about its table. */
export function notes(sql: string): Record<string, unknown> {
  const note = run(sql).after?.find((statement) => statement.includes('rs_note_table'));
  const [, escaped = '', quoted] = /, (E?)'(.*)'::pg_catalog\.json\)$/.exec(note ?? '') ?? [];
  if (quoted === undefined) return {};
  const json = quoted.replaceAll("''", "'");
  return JSON.parse(escaped === '' ? json : json.replaceAll('\\\\', '\\')) as Record<string, unknown>;
}
