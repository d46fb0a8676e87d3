/** The values of SUPER: how JSON text becomes one, and what comes out of one. */
import type { SetupStep } from './step.js';

export const superSteps: readonly SetupStep[] = [];
