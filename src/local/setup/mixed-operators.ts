/** Operators between types that PostgreSQL keeps apart and the manual's examples do not. */
import { inline } from './define.js';
import { mixedComparisons } from './operators.js';
import type { SetupStep } from './step.js';

/** `where likevegas = 1` (AWS manual, Logical conditions). */
const truth = mixedComparisons('rs_truth', 'boolean', 'integer', (side, type) =>
  type === 'integer' ? `(${side} <> 0)` : side,
);

/**
 * `firstname + ' ' + lastname` (AWS manual, NVL2): the plus of two strings puts one behind the other. One operator
 * for all of them, names of the catalog too: TEXT is what the engine takes when it may choose.
 */
const plus = `
${inline('rs_concatenated(text, text)', 'varchar', '($1 || $2)::varchar')}
create operator pg_catalog.+ (function = pg_catalog.rs_concatenated, leftarg = text, rightarg = text);
`;

export const mixedOperatorSteps: readonly SetupStep[] = [{ name: 'mixed operators', sql: truth + plus }];
