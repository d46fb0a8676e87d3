/** Errors that expressions raise. Each takes the value it is about as well, so that no planner raises it beforehand. */
import { procedural } from './define.js';
import type { SetupStep } from './step.js';

export const functionErrors: SetupStep = {
  name: 'functions: errors',
  sql: [
    // SQLSTATE, message, a value of the type that the expression would have had.
    procedural(
      'rs_fail(text, text, anyelement)',
      'anyelement',
      'begin raise exception using errcode = $1, message = $2; end',
      'immutable',
    ),
    // Type, date part, a value; in the words of PostgreSQL 8.0.
    procedural(
      'rs_wrong_part(text, text, anyelement)',
      'anyelement',
      `begin raise exception using errcode = '22023', message = $1 || ' units "' || $2 || '" not recognized'; end`,
      'immutable',
    ),
    // Errors while a query runs arrive as XX000 with a box of lines (amazon-redshift-python-driver, issues).
    procedural(
      'rs_wrong_json(text, text)',
      'json',
      `
begin
  raise exception using errcode = 'XX000', message = 'JSON parsing error', detail = pg_catalog._pg_concat_ws(pg_catalog._pg_chr(10), '',
    '  -----------------------------------------------',
    '  error:  JSON parsing error',
    '  code:      8001',
    '  context:   ' || $1 || ' ' || $2,
    '  query:     0',
    '  location:  local',
    '  process:   padbmaster [pid=' || pg_backend_pid()::text || ']',
    '  -----------------------------------------------', '');
end`,
      'immutable',
    ),
  ].join('\n'),
};
