/** `version()` as Redshift answers it: the PostgreSQL that it came from, and its own number. */
import { redshiftVersion } from '../login/startup-parameters.js';
import type { SetupStep } from './step.js';

const text =
  'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), ' +
  `Redshift ${redshiftVersion}`;

export const versionStep: SetupStep = {
  name: 'version',
  sql: `
update pg_catalog.pg_proc set proname = '_pg_version' where oid = 'pg_catalog.version()'::regprocedure;
create function pg_catalog.version() returns text language sql stable parallel safe return '${text}'::text;`,
};
