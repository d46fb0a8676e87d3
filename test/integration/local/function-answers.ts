/** Tables of expressions with their values, asked from a template's engine; nothing here knows a function. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTemplateEngine, type TemplateEngine } from './engine-harness.js';

/** An expression, its value as psql prints it, and the name of its type where that matters. */
export type Answer = readonly [expression: string, value: string | null, type?: string];

/** An expression that fails, the SQLSTATE and the message. */
export type Failure = readonly [expression: string, sqlState: string, message: string];

export interface Page {
  readonly answers?: readonly Answer[];
  readonly failures?: readonly Failure[];
}

/** One test for each expression, under the manual's page that it is from. */
export function answers(pages: Readonly<Record<string, Page>>): void {
  let engine: TemplateEngine;
  beforeAll(async () => {
    engine = await startTemplateEngine();
  });
  afterAll(() => engine.stop());

  describe.each(Object.entries(pages))('%s', (_page, { answers: values = [], failures = [] }) => {
    test.each(values.map(([expression, value, type]) => ({ expression, value, type })))(
      '$expression is $value',
      async ({ expression, value, type }) => {
        expect(await engine.value(`select ${expression}`)).toBe(value);
        if (type !== undefined) {
          expect(
            await engine.value(`select format_type(pg_typeof(x), null) from (select ${expression}) as t(x)`),
          ).toBe(type);
        }
      },
    );
    if (failures.length === 0) return;
    test.each(failures.map(([expression, sqlState, message]) => ({ expression, sqlState, message })))(
      '$expression is refused: $message',
      async ({ expression, sqlState, message }) => {
        await expect(engine.query(`select ${expression}`)).rejects.toMatchObject({ code: sqlState, message });
      },
    );
  });
}
