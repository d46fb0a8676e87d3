/** Users, recorded facts, system views and procedures, in the order in which they build on each other. */
import type { SetupStep } from './step.js';
import { procedures } from './procedures.js';
import { system } from './system.js';
import { systemLog } from './system-log.js';
import { users } from './users.js';
import { groups } from './users-groups.js';

export const catalogSteps: readonly SetupStep[] = [users, groups, system, systemLog, procedures];
