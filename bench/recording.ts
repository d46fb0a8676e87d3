/**
 * What a real server answers to one query, as bytes: the description and some thousand rows, in the formats that were
 * asked for. The replay server tells it again and again, so that the server's own work does not hide the client's.
 */
import { Framer, inRuns } from '../src/protocol/framing.js';
import { decodeBackend } from '../src/protocol/backend.js';
import { RawClient, type Source } from './raw-client.js';

export type { Source };

export interface Recording {
  /** RowDescription, whole; formats as asked for. */
  readonly description: Uint8Array;
  readonly columns: number;
  /** DataRow messages back to back, and where each ends. */
  readonly rows: Buffer;
  readonly ends: Uint32Array;
}

/** Everything between the startup packet and the first ReadyForQuery, as the source says it. */
export async function recordGreeting(source: Source): Promise<Uint8Array> {
  const [client, greeting] = await RawClient.login(source);
  client.close();
  return Buffer.concat(greeting.map(({ bytes }) => bytes));
}

/** @param formats as in Bind: none, one for all, or one a column */
export async function record(source: Source, sql: string, formats: readonly number[]): Promise<Recording> {
  const [client] = await RawClient.login(source);
  try {
    const answer = await client.run(sql, formats);
    const rows = answer.filter(({ type }) => type === 'D').map(({ bytes }) => bytes);
    const ends = new Uint32Array(rows.length);
    let end = 0;
    rows.forEach((row, at) => (ends[at] = end += row.length));
    const description = answer.find(({ type }) => type === 'T')!.bytes;
    return { description, columns: description.readInt16BE(5), rows: Buffer.concat(rows), ends };
  } finally {
    client.close();
  }
}

/** Held against the driver's own framing, so that a recording that lies is found before anything is measured. */
export function checkRecording(recording: Recording): void {
  let rows = 0;
  const framer = new Framer({
    message: (type, body) => void decodeBackend(type, body, 0),
    rows: inRuns((run) => (rows += run.rows)),
  });
  framer.expectRows(recording.columns);
  framer.push(recording.rows);
  if (rows !== recording.ends.length) throw new Error('The recording is not whole');
}
