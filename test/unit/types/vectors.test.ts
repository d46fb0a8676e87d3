/** Byte vectors worked out by hand from the rules of Redshift's protocol, and faults of other drivers that must not be ours. */
import { describe, expect, it } from 'vitest';
import { Interval } from '../../../src/types/interval.js';
import { binary, redshiftVersions, text } from './cells.js';

describe('byte vectors', () => {
  it.each([
    ['date', 1082, 'fffdacc0', -1, '1582-10-15'],
    ['date', 1082, 'fff4dbf9', -1, '0001-01-01'],
    ['date', 1082, '00000000', -1, '2000-01-01'],
    ['time', 1083, '0000000cff3d7050', -1, '15:30:21.82408'],
    ['timetz', 1266, '000000134743bc0000004650', -1, '04:00:00+00'],
    ['interval', 1186, '0000000000000000ffffffff', -1, new Interval({ months: -1 })],
    ['year to month', 1188, '80000000', -1, new Interval({ months: -2_147_483_648 })],
    ['day to second', 1190, '8000000000000000', -1, new Interval({ microseconds: -(2n ** 63n) })],
    ['numeric(18,8)', 1700, 'fffffee08e04f7c8', 1_179_660, '-12345.67891000'],
    ['numeric, 16 bytes', 1700, '00000000000000000000000000003039', 2_490_382, '0.0000012345'],
    ['text[]', 1009, '0000000100000001000000190000000200000001000000016fffffffff', -1, ['o', null]],
  ])('%s %i %s', (_name, oid, bytes, modifier, value) => {
    for (const server of redshiftVersions) expect(binary(oid, bytes, { modifier, server })).toEqual(value);
  });
  it('timestamp 1969-12-31 23:59:59.999999', () => {
    expect(JSON.stringify(binary(1114, 'fffca2fec4c81fff'))).toBe('"1969-12-31T23:59:59.999999Z"');
  });
});

describe('faults of other drivers that are not ours', () => {
  it('no Julian shift before 1612 (redshift_connector, JDBC)', () => {
    expect(text(1082, '1500-01-01')).toBe('1500-01-01');
    expect(binary(1082, 'fffd36de')).toBe(text(1082, '1500-03-01'));
  });
  it('no clamping of timestamps that Date cannot hold (redshift_connector)', () => {
    expect(() => text(1114, '294276-01-01 00:00:00')).toThrow(/'string'/);
  });
  it('-1 month is not -1 day and -1 month (redshift_connector)', () => {
    expect(String(binary(1186, '0000000000000000ffffffff'))).toBe('P-1M');
  });
  it('VARBYTE below version 2 may be no UTF-8 (amazon-redshift-python-driver#261)', () => {
    for (const server of redshiftVersions) expect(text(6551, 'ff', { server })).toEqual(Buffer.of(255));
  });
});
