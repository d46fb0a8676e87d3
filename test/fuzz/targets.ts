/** The targets, in the order in which they run. */
import type { Target } from './engine.js';
import { config } from './config.js';
import { decoder } from './decoder.js';
import { session } from './session.js';
import { sql } from './sql.js';
import { values } from './values.js';

export const targets: readonly Target[] = [decoder, session, values, sql, config];
