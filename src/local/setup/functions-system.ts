/** What a session asks about itself (AWS manual, System information functions). */
import { inline } from './define.js';
import type { SetupStep } from './step.js';

export const functionsSystem: SetupStep = {
  name: 'functions: system',
  sql: [
    // One that AWS gives to nobody.
    inline('current_aws_account()', 'varchar', `'000000000000'`, 'stable'),
    inline('current_namespace()', 'varchar', `'00000000-0000-0000-0000-000000000000'`, 'stable'),
    // PostgreSQL 18 has the view alone. The columns are those of the view.
    `create function pg_catalog.pg_timezone_abbrevs(out abbrev text, out utc_offset interval, out is_dst boolean)
      returns setof record language sql stable as 'select abbrev, utc_offset, is_dst from pg_catalog.pg_timezone_abbrevs';`,
    inline('slice_num()', 'integer', '0', 'stable'),
  ].join('\n'),
};
