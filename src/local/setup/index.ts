/** The set-up of a local Redshift's template, in the order in which it runs. Nothing here depends on a user's options. */
import type { SetupStep } from './step.js';
import { aggregateSteps } from './aggregates.js';
import { castSteps } from './casts.js';
import { catalogSteps } from './catalog.js';
import { intervalSteps } from './intervals.js';
import { dialectSteps } from './dialect.js';
import { numericStep } from './numeric.js';
import { functionSteps } from './functions.js';
import { hidden } from './hidden.js';
import { expressions } from './expressions.js';
import { typeShells } from './types.js';
import { varbyteSteps } from './varbyte.js';
import { versionStep } from './version.js';
import { mixedOperatorSteps } from './mixed-operators.js';
import { stringSteps } from './strings.js';
import { superCastSteps } from './super-casts.js';
import { superOperatorSteps } from './super-operators.js';
import { superSteps } from './super.js';

/** Run in binary-upgrade mode, where types get the OIDs that Redshift gives them: types and their I/O functions only. */
export const typeSteps: readonly SetupStep[] = [typeShells];

/** Run in template1, from which every database is copied. One line per file; types first, hidden functions last. */
export const objectSteps: readonly SetupStep[] = [
  ...stringSteps,
  ...superSteps,
  ...superCastSteps,
  ...superOperatorSteps,
  ...varbyteSteps,
  ...intervalSteps,
  ...castSteps,
  ...mixedOperatorSteps,
  ...aggregateSteps,
  numericStep,
  expressions,
  versionStep,
  ...catalogSteps,
  ...functionSteps,
  ...dialectSteps,
  hidden,
];
