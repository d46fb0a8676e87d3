/**
 * Where the bytes of a socket land: one buffer of this thread that every read overwrites, so that a piece costs neither
 * memory nor a stream's event. It looks at no byte, and it keeps one only while nobody takes it.
 */
import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';

/**
 * Pieces of plain sockets are this long, and cost a fifth of what 'data' events of 64 KiB cost (180 against 866 µs CPU a
 * MB; with 64 KiB 349). A piece of TLS is a record, 16 KiB at the most.
 */
const length = 256 * 1024;

/** Valid during the call, and no longer. */
export type Take = (piece: Uint8Array) => void;

const takers = new WeakMap<Socket, Take>();

let shared: Buffer | undefined;

/**
 * Between the kernel's writing and the callback nothing else runs, so that all sockets may share it. Elsewhere than on
 * Unix a read may be under way before it is known what it brings.
 */
function buffer(): Buffer {
  if (process.platform === 'win32') return Buffer.allocUnsafeSlow(length);
  return (shared ??= Buffer.allocUnsafeSlow(length));
}

/** For `net.connect`: what the new socket reads goes to whoever `takeFrom` names. */
export function onread(socket: () => Socket): OnReadOpts {
  const into = buffer();
  return { buffer: into, callback: (count) => arrived(socket(), into, count) };
}

/** All that this socket reads from now on goes to `take`, in order, while the socket is not paused. */
export function takeFrom(socket: Socket, take: Take): void {
  takers.set(socket, take);
  // What came before, and what came although it was paused, waits in the stream.
  socket.on('data', take);
}

function arrived(socket: Socket, into: Buffer, count: number): boolean {
  const piece = into.subarray(0, count);
  const take = takers.get(socket);
  // TLS hands over what it has decrypted, paused or not: up to 80 KiB more. The stream keeps the order, also of the end.
  if (take === undefined || socket.isPaused() || socket.readableLength > 0) {
    return socket.push(Buffer.from(piece));
  }
  take(piece);
  return true;
}

/** Under what names a socket keeps what its constructor was given as `onread`. */
interface Places {
  readonly buffer: symbol;
  readonly callback: symbol;
}

/**
 * Node takes `onread` for a TLS socket only if that makes its own connection, which cannot ask for TLS first. So a socket
 * is made that has it, to see where it lies; the same is then done to the TLS socket. Reading costs 27 to 55 % less so
 * (µs CPU a MB, records of 16 KiB: 1085 to 741 on Node 20, 1013 to 615 on 22, 987 to 442 on 24; of 8 KiB, as PostgreSQL
 * sends them: 1203 to 901).
 */
function findPlaces(): Places | undefined {
  const callback = (): boolean => true;
  const into = new Uint8Array(1);
  // Documented for this constructor, although its type does not have it.
  const socket = new Socket({ onread: { buffer: into, callback } } as SocketConstructorOpts);
  const symbols = Object.getOwnPropertySymbols(socket);
  const holding = (value: unknown): symbol | undefined =>
    symbols.find((symbol) => (socket as Socket & Record<symbol, unknown>)[symbol] === value);
  const places = { buffer: holding(into), callback: holding(callback) };
  socket.destroy();
  const { buffer: at, callback: then } = places;
  return at === undefined || then === undefined ? undefined : { buffer: at, callback: then };
}

let places: Places | undefined | 'unknown' = 'unknown';

/**
 * Makes a TLS socket read into the buffer.
 *
 * @returns false when this Node is built otherwise: nothing was changed, it reads as it did
 */
export function readTlsIntoBuffer(socket: Socket): boolean {
  if (places === 'unknown') places = findPlaces();
  if (places === undefined) return false;
  const inside = socket as unknown as Record<symbol, unknown> & { readonly _handle?: Handle | null };
  const handle = inside._handle;
  if (inside[places.buffer] !== null || inside[places.callback] !== null) return false;
  if (typeof handle?.useUserBuffer !== 'function') return false;
  const into = buffer();
  // The socket holds the buffer as long as the handle can write to it.
  inside[places.buffer] = into;
  inside[places.callback] = (count: number) => arrived(socket, into, count);
  handle.useUserBuffer(into);
  return true;
}

interface Handle {
  useUserBuffer?(buffer: Uint8Array): unknown;
}
