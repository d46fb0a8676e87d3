/** What goes to a client: collected as PostgreSQL does, sent at Flush, at Sync and when there is much of it. */
import type { Duplex } from 'node:stream';
import { writeBackend } from '../../protocol/backend.js';
import { Writer } from '../../protocol/bytes.js';
import type { BackendMessage } from '../../protocol/messages.js';

/** Bytes that are sent without being asked for. */
const enough = 64 * 1024;

export class ClientOutput {
  readonly #socket: Duplex;
  #writer = new Writer(8192);
  /** server_protocol_version in force: RowDescription is longer from 1 on. */
  protocolVersion = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  message(message: BackendMessage): void {
    writeBackend(this.#writer, message, this.protocolVersion);
  }

  /** Whole messages as bytes. */
  raw(bytes: Uint8Array): void {
    this.#writer.bytes(bytes);
  }

  /** Sends when there is much; waits for a client that reads slowly. */
  async relieve(): Promise<void> {
    if (this.#writer.length >= enough) await this.flush();
  }

  /** Sends all; settles when the socket takes more, or has gone. */
  async flush(): Promise<void> {
    if (this.#writer.length === 0) return;
    const bytes = this.#writer.detach();
    this.#writer = new Writer(8192);
    const socket = this.#socket;
    if (!socket.writable || socket.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }
}
