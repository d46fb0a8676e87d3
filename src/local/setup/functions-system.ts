/** What a session asks about itself (AWS manual, System information functions). */
import { inline } from './define.js';
import type { SetupStep } from './step.js';

export const functionsSystem: SetupStep = {
  name: 'functions: system',
  sql: [
    // One that AWS gives to nobody.
    inline('current_aws_account()', 'varchar', `'000000000000'`, 'stable'),
    inline('current_namespace()', 'varchar', `'00000000-0000-0000-0000-000000000000'`, 'stable'),
    inline('slice_num()', 'integer', '0', 'stable'),
  ].join('\n'),
};
