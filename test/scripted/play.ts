/** Plays one connection of a transcript on a peer. */
import type { Peer } from './peer.js';
import type { Step } from './transcript.js';

/** @param played waits until the connection of that number was played to its end */
export async function play(
  peer: Peer,
  steps: readonly Step[],
  played: (index: number) => Promise<void>,
): Promise<void> {
  let said: Uint8Array[] = [];
  // What a server says without waiting for the client goes out in one write, as real servers do.
  const flush = async (): Promise<void> => {
    const bytes = Buffer.concat(said);
    said = [];
    if (bytes.length > 0) await peer.write(bytes);
  };
  for (const step of steps) {
    if (step.does === 'say') {
      const bytes = peer.encode(step.message);
      if (step.times === 1) said.push(bytes);
      else {
        await flush();
        await repeat(peer, bytes, step.times);
      }
    } else if (step.does === 'raw') said.push(step.bytes);
    else {
      await flush();
      await perform(peer, step, played).catch((error: unknown) => {
        if (error instanceof Error) error.message = `Line ${String(step.line)}: ${error.message}`;
        throw error;
      });
    }
  }
  await flush();
}

type Performed = Exclude<Step, { does: 'say' | 'raw' }>;

async function perform(peer: Peer, step: Performed, played: (index: number) => Promise<void>): Promise<void> {
  switch (step.does) {
    case 'expect':
      // The pattern was read when the transcript was.
      await peer.expect(step.pattern as 'Sync');
      return;
    case 'version':
      peer.version = step.value;
      return;
    case 'split':
      peer.split(step.value);
      return;
    case 'wait':
      return peer.wait(step.value);
    case 'await':
      return played(step.value);
    case 'scram':
      return peer.scram(step.password);
    case 'digest':
      return peer.digest(step.password);
    case 'tls':
      return peer.startTls();
    case 'cut':
      peer.cut();
      return;
    case 'reset':
      peer.reset();
      return;
    case 'halfclose':
      peer.halfClose();
      return;
    case 'silence':
      return peer.silence();
  }
}

/** Large results come out of little memory: blocks of about 64 KiB, one after the other. */
async function repeat(peer: Peer, bytes: Uint8Array, times: number): Promise<void> {
  const perBlock = Math.max(1, Math.floor(65_536 / bytes.length));
  const block = Buffer.concat(new Array<Uint8Array>(Math.min(perBlock, times)).fill(bytes));
  for (let left = times; left > 0; left -= perBlock) {
    await peer.write(left >= perBlock ? block : block.subarray(0, left * bytes.length));
  }
}
