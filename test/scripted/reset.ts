/** RST in place of FIN, at any moment of a socket's life. */
import type { Socket } from 'node:net';

/**
 * Node 20 marks a socket as closed and leaves it open when it is to be reset while its FIN is on the way; the process
 * then spins for ever at its exit. Such a socket is closed in the ordinary way: its FIN is what went first.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
