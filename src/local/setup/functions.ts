/** Redshift's functions, in an order in which each file finds what it is made of. */
import { functionsArrays } from './functions-arrays.js';
import { functionsBinary } from './functions-binary.js';
import { functionsDates } from './functions-dates.js';
import { functionErrors } from './functions-errors.js';
import { functionsFormats } from './functions-formats.js';
import { functionsJson } from './functions-json.js';
import { functionsNumbers } from './functions-numbers.js';
import { functionsRegexp } from './functions-regexp.js';
import { functionsSystem } from './functions-system.js';
import { functionsSpatial } from './functions-spatial.js';
import { functionsText } from './functions-text.js';
import type { SetupStep } from './step.js';

export const functionSteps: readonly SetupStep[] = [
  functionErrors,
  functionsDates,
  functionsFormats,
  functionsText,
  functionsRegexp,
  functionsNumbers,
  functionsBinary,
  functionsJson,
  functionsArrays,
  functionsSpatial,
  functionsSystem,
];
