/** Reads a large result in a process that the operating system gives little memory; for a test, and for a command that takes its time. */
import type { ConnectOptions } from '../../../src/index.js';
import { makeCertificates } from '../../certificates/certificates.js';
import { rowBytes, startCheapServer } from './cheap-server.js';
import { runProgram, type Ended } from './child.js';
import type { Reading, SlowReaderGiven, SlowReaderTold } from './programs/slow-reader.js';

/** Megabytes of private memory for the whole process, Node, compiler of the tests and all; without the driver it has 130. */
export const ceiling = 256;

export interface Plan {
  readonly reading: Reading;
  readonly tls: boolean;
  readonly megabytes: number;
  readonly maxResultBytes?: number;
  /** Another ceiling than `ceiling`. */
  readonly allowed?: number;
}

export interface Read extends Ended {
  readonly told: SlowReaderTold | undefined;
  readonly rows: number;
  readonly seconds: number;
}

export async function readUnderCeiling({
  reading,
  tls,
  megabytes,
  maxResultBytes,
  allowed = ceiling,
}: Plan): Promise<Read> {
  const certificates = tls ? await makeCertificates() : undefined;
  const server = await startCheapServer({ tls: certificates?.server });
  const rows = Math.ceil((megabytes * 1_048_576) / rowBytes);
  const options: ConnectOptions = {
    host: '127.0.0.1',
    port: server.port,
    database: 'dev',
    user: 'u',
    password: 'Secret1!',
    autocommit: true,
    maxResultBytes,
    ...(certificates === undefined ? { sslmode: 'disable' } : { sslrootcert: certificates.ca }),
  };
  const begun = performance.now();
  try {
    const ended = await runProgram('slow-reader', { options, rows, reading } satisfies SlowReaderGiven, {
      flags: ['--max-old-space-size=64'],
      dataLimit: allowed * 1024,
      patience: 600_000,
    });
    const told = ended.code === 0 ? (JSON.parse(ended.stdout) as SlowReaderTold) : undefined;
    return { ...ended, told, rows, seconds: (performance.now() - begun) / 1000 };
  } finally {
    await server.close();
  }
}
