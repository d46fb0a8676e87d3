/** Quotients of NUMERIC that are cut at a scale: what `src/local/numeric-typing/quotients.ts` writes for `a / b`. */
import { inline, internal } from './define.js';
import type { SetupStep } from './step.js';

export const numericStep: SetupStep = {
  name: 'quotients',
  sql: [
    // Exact and towards zero: PostgreSQL's div(), which is hidden from clients.
    internal('rs_whole_quotient(numeric, numeric)', 'numeric', 'numeric_div_trunc'),
    // The third argument is 10 to the scale, the fourth 10 to minus the scale: the product has that many places.
    inline(
      'rs_quotient(numeric, numeric, numeric, numeric)',
      'numeric',
      'rs_whole_quotient($1 * $3, $2) * $4',
    ),
  ].join('\n'),
};
