/** CommandComplete tags: `INSERT 0 5`, `SELECT`, `CREATE TABLE`. */

export interface CommandTag {
  /** The words: `INSERT`, `CREATE TABLE`. */
  readonly command: string;
  /** Rows that the server counted; null when it did not (Redshift's SELECT) or wrote nonsense. */
  readonly rowCount: number | null;
  readonly oid?: number;
}

/** If the tag ends in a digit, its last number is the rows and a number before it an OID; never NaN. */
export function parseCommandTag(tag: string): CommandTag {
  const found = /^(.*?)(?: (\d+))?(?: (\d+))?$/s.exec(tag);
  const command = found?.[1] ?? tag;
  const [oid, count] = found?.[3] === undefined ? [undefined, found?.[2]] : [found[2], found[3]];
  const rows = count === undefined ? null : Number(count);
  return {
    command: command.replace(/ -\d+$/, ''),
    rowCount: rows !== null && Number.isSafeInteger(rows) ? rows : null,
    ...(oid === undefined ? {} : { oid: Number(oid) }),
  };
}
