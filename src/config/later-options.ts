/**
 * Options whose feature is yet to be built. They are known and checked like all the others, and refused by name, so that
 * nothing is silently left out. When a feature comes, its rows lose `later`.
 */
import type { OptionRow } from './option-types.js';

// prettier-ignore
export const laterOptions = [
  { name: 'databaseMetadataCurrentDbOnly', later: 'catalog calls', type: { is: 'boolean' }, default: true, aliases: ['DatabaseMetadataCurrentDbOnly'], doc: 'Catalog calls look at the current database only.' },
] as const satisfies readonly OptionRow[];
