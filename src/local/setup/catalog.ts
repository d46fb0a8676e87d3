/** Users, recorded facts, system views and procedures, in the order in which they build on each other. */
import type { SetupStep } from './step.js';
import { owners } from './owners.js';
import { procedures } from './procedures.js';
import { system } from './system.js';
import { recordedKeys } from './system-keys.js';
import { systemLog } from './system-log.js';
import { users } from './users.js';
import { groups } from './users-groups.js';
import { logins } from './users-logins.js';
import { userPasswords } from './users-passwords.js';
import { roles } from './users-roles.js';
import { activityViews } from './views-activity.js';
import { baseViews } from './views-base.js';
import { catalogViews } from './views-catalog.js';
import { catalogColumns } from './views-catalog-columns.js';
import { emptyViews } from './views-empty.js';
import { informationViews } from './views-information.js';
import { privilegeViews } from './views-privileges.js';
import { svvViews } from './views-svv.js';

export const catalogSteps: readonly SetupStep[] = [
  users,
  userPasswords,
  logins,
  groups,
  roles,
  owners,
  system,
  recordedKeys,
  systemLog,
  procedures,
  baseViews,
  catalogViews,
  catalogColumns,
  svvViews,
  informationViews,
  emptyViews,
  activityViews,
  privilegeViews,
];
