/** A server that sends one cell of any type, in text or in binary. */
import type { Peer } from '../../scripted/peer.js';
import { playLines } from './dialogues.js';

export interface Cell {
  readonly oid: number;
  readonly format: 0 | 1;
  readonly bytes: Uint8Array;
  readonly modifier?: number;
}

/**
 * A server that answers any script with one row of one column `odd"name`; the cell is the one whose number the script
 * names. Only scripts let a server choose between text and binary.
 */
export function cellServer(cells: readonly Cell[]): (peer: Peer) => Promise<void> {
  return async (peer) => {
    await playLines(peer, '! login');
    for (;;) {
      const asking = await peer.next('Query');
      if (asking?.type !== 'Query') return;
      const cell = cells[Number(asking.sql)]!;
      const field = {
        name: 'odd"name',
        tableOid: 0,
        attributeNumber: 0,
        typeOid: cell.oid,
        typeSize: -1,
        typeModifier: cell.modifier ?? -1,
        format: cell.format,
      };
      await peer.say(
        { type: 'RowDescription', fields: [field] },
        { type: 'DataRow', values: [cell.bytes] },
        { type: 'CommandComplete', tag: 'SELECT' },
        { type: 'ReadyForQuery', status: 'I' },
      );
    }
  };
}
