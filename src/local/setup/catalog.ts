/** Users, recorded facts, system views and procedures, in the order in which they build on each other. */
import type { SetupStep } from './step.js';
import { procedures } from './procedures.js';
import { system } from './system.js';
import { systemLog } from './system-log.js';
import { users } from './users.js';
import { groups } from './users-groups.js';
import { activityViews } from './views-activity.js';
import { baseViews } from './views-base.js';
import { catalogViews } from './views-catalog.js';
import { emptyViews } from './views-empty.js';
import { svvViews } from './views-svv.js';

export const catalogSteps: readonly SetupStep[] = [
  users,
  groups,
  system,
  systemLog,
  procedures,
  baseViews,
  catalogViews,
  svvViews,
  emptyViews,
  activityViews,
];
