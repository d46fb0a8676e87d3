/**
 * Constants of a parse tree: the server's own bytes of NUMERIC, integers and text in memory (PostgreSQL, numeric.c).
 * Little-endian, as every machine is that the engine's programs are built for.
 */
import { numberOf, wordOf, type TreeNode } from './tree.js';
import { typeOfModifier, type NumericType } from './numeric-type.js';

function bytesOf(constant: TreeNode): Uint8Array | undefined {
  if (wordOf(constant, 'constisnull') !== 'false') return undefined;
  const value = constant.fields.get('constvalue');
  return typeof value === 'object' && value !== null && 'bytes' in value ? value.bytes : undefined;
}

/** An INTEGER or SMALLINT or BIGINT constant; undefined when the node is another or NULL. */
export function integerConstant(node: TreeNode | undefined): number | undefined {
  if (node?.name !== 'CONST' || wordOf(node, 'constbyval') !== 'true') return undefined;
  const bytes = bytesOf(node);
  if (bytes?.length !== 8) return undefined;
  const value = new DataView(bytes.buffer).getBigInt64(0, true);
  // The four bytes of an INTEGER are printed with four zeros above them.
  return Number(numberOf(node, 'constlen') === 4 ? BigInt.asIntN(32, value) : value);
}

/** A constant of a text type. */
export function textConstant(node: TreeNode | undefined): string | undefined {
  if (node?.name !== 'CONST') return undefined;
  const bytes = bytesOf(node);
  return bytes === undefined || bytes.length < 4 ? undefined : new TextDecoder().decode(bytes.subarray(4));
}

const headerBytes = 4;
const shortForm = 0x8000;
const specialForm = 0xc000;

/**
 * Precision and scale of a NUMERIC literal, counted from its digits: `109.652` is DECIMAL(6,3) (AWS manual, CAST).
 * At least one digit stands before the point. Undefined for NULL, NaN and infinities.
 */
export function literalType(constant: TreeNode): NumericType | undefined {
  const declared = typeOfModifier(numberOf(constant, 'consttypmod'));
  const bytes = bytesOf(constant);
  if (declared !== undefined || bytes === undefined || bytes.length < headerBytes + 2) return declared;
  const view = new DataView(bytes.buffer, headerBytes);
  const header = view.getUint16(0, true);
  if ((header & specialForm) === specialForm) return undefined;
  const short = (header & shortForm) !== 0;
  if (!short && view.byteLength < 4) return undefined;
  const scale = short ? (header & 0x1f80) >> 7 : header & 0x3fff;
  // The weight is that of the first digit of base 10000; the short form has seven bits for it, with a sign.
  const weight = short ? ((header & 0x7f) ^ 0x40) - 0x40 : view.getInt16(2, true);
  const start = short ? 2 : 4;
  const first = view.byteLength >= start + 2 ? view.getInt16(start, true) : 0;
  const whole = weight < 0 || first === 0 ? 1 : weight * 4 + String(first).length;
  return { precision: Math.min(whole + scale, 38), scale: Math.min(scale, 38) };
}
