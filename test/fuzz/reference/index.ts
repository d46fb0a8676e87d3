/** All types that are told a second time. */
import { arrayOf, vectorOf } from './arrays.js';
import { numberReferences } from './numbers.js';
import type { Reference } from './reading.js';
import { semiReferences } from './semi.js';
import { temporalReferences } from './temporal.js';

export const scalars: readonly Reference[] = [...numberReferences, ...temporalReferences, ...semiReferences];

const byOid = (oid: number): Reference => scalars.find((reference) => reference.oid === oid)!;

const arrays: readonly (readonly [element: number, array: number])[] = [
  [16, 1000],
  [21, 1005],
  [23, 1007],
  [20, 1016],
  [700, 1021],
  [701, 1022],
  [1700, 1231],
  [1043, 1015],
  [1042, 1014],
  [1082, 1182],
  [1083, 1183],
  [1266, 1270],
  [1114, 1115],
  [1184, 1185],
  [1186, 1187],
  [1190, 1191],
  [26, 1028],
  [17, 1001],
  [114, 199],
];

export const references: readonly Reference[] = [
  ...scalars,
  ...arrays.map(([element, array]) => arrayOf(byOid(element), array)),
  vectorOf(byOid(21), 22, 'int2vector'),
  vectorOf(byOid(26), 30, 'oidvector'),
];
