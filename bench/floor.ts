/**
 * The floor: a client that asks for the same rows in binary and does nothing with them. `read` counts bytes only,
 * `walk` looks at each message's header; whatever a driver costs, it costs beyond this. Both read as cheaply as Node lets
 * anybody; `events` counts bytes as a program does that listens for 'data'.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { encodeFrontend, encodeFrontendAll } from '../src/protocol/frontend.js';
import { readTlsIntoBuffer, takeFrom } from '../src/transport/read-buffer.js';
import type { Target } from './target.js';

export type Floor = 'read' | 'walk' | 'events';

/** @returns rows (walk) or rows as announced by the tag (read) */
export async function runFloor(kind: Floor, target: Target, sql: string): Promise<() => Promise<number>> {
  let onChunk: (chunk: Uint8Array, length: number) => void = () => undefined;
  const buffer = new Uint8Array(256 * 1024);
  const socket = await open(kind, target, buffer, (chunk, length) => {
    onChunk(chunk, length);
  });
  const until = (last: number): Promise<number> =>
    new Promise((resolve) => {
      const walker = kind === 'walk' ? walk() : undefined;
      const tail = new Uint8Array(6);
      onChunk = (chunk, length) => {
        const rows = walker?.(chunk, length) ?? 0;
        // ReadyForQuery is six bytes, the last that come, and may be cut anywhere.
        const kept = Math.min(length, 6);
        tail.copyWithin(0, kept, 6);
        for (let at = 0; at < kept; at++) tail[6 - kept + at] = chunk[length - kept + at]!;
        if (tail[0] === last && tail[4] === 5) resolve(rows);
      };
    });
  const greeted = until(0x5a);
  socket.write(
    encodeFrontend({
      type: 'StartupMessage',
      parameters: [
        ['user', target.user],
        ['database', target.database],
        ...(target.protocol === 'redshift' ? ([['client_protocol_version', '2']] as const) : []),
      ],
    }),
  );
  await greeted;
  return async () => {
    const answered = until(0x5a);
    socket.write(
      encodeFrontendAll([
        { type: 'Parse', statement: '', sql, parameterOids: [] },
        { type: 'Bind', portal: '', statement: '', parameterFormats: [], values: [], resultFormats: [1] },
        { type: 'Execute', portal: '', maxRows: 0 },
        { type: 'Sync' },
      ]),
    );
    const rows = await answered;
    socket.destroy();
    return rows;
  };
}

function open(
  kind: Floor,
  target: Target,
  buffer: Uint8Array,
  data: (chunk: Uint8Array, length: number) => void,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({
      host: 'localhost',
      port: target.port,
      noDelay: true,
      ...(target.ca === undefined && kind !== 'events'
        ? {
            onread: {
              buffer,
              callback: (length: number) => {
                data(buffer, length);
                return true;
              },
            },
          }
        : {}),
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      const take = (chunk: Uint8Array): void => {
        data(chunk, chunk.length);
      };
      if (target.ca === undefined) {
        if (kind === 'events') socket.on('data', take);
        resolve(socket);
        return;
      }
      socket.write(encodeFrontend({ type: 'SSLRequest' }));
      socket.once('data', () => {
        const secure = connectTls({ socket, servername: 'localhost', ca: target.ca! }, () => {
          if (kind !== 'events') readTlsIntoBuffer(secure);
          takeFrom(secure, take);
          resolve(secure);
        });
        secure.once('error', reject);
      });
    });
  });
}

/** Counts DataRows across chunks that are cut anywhere. */
function walk(): (chunk: Uint8Array, length: number) => number {
  let rows = 0;
  let skip = 0;
  let head = new Uint8Array(0);
  return (chunk, length) => {
    let at = skip;
    if (head.length > 0) {
      const joined = new Uint8Array(head.length + 5);
      joined.set(head);
      joined.set(chunk.subarray(0, 5), head.length);
      const view = new DataView(joined.buffer);
      if (joined[0] === 0x44) rows++;
      at = 1 + view.getInt32(1) - head.length;
      head = new Uint8Array(0);
    }
    const view = new DataView(chunk.buffer, chunk.byteOffset, length);
    while (at + 5 <= length) {
      if (chunk[at] === 0x44) rows++;
      at += 1 + view.getInt32(at + 1);
    }
    if (at < length) {
      head = chunk.slice(at, length);
      skip = 0;
    } else skip = at - length;
    return rows;
  };
}
