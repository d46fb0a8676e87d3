/** Data frames of polars, by way of Arrow IPC in memory. The one file that loads nodejs-polars, when it is first asked. */
import { NotSupportedError } from '../errors.js';
import type { Column } from './column.js';
import { writeIPC } from './ipc-writer.js';
import type { PolarsDataFrame } from './peer-types.js';

/** @throws NotSupportedError without the package, and for what polars has no place for */
export async function polarsFrame(columns: readonly Column[], numRows: number): Promise<PolarsDataFrame> {
  const names = new Set<string>();
  for (const { name, type } of columns) {
    const shown = JSON.stringify(name);
    if (names.has(name)) {
      throw new NotSupportedError(
        `Several columns are called ${shown}, which polars does not allow; name them apart in the query`,
      );
    }
    if (type.kind === 'interval') {
      throw new NotSupportedError(
        `Column ${shown} is an interval, for which polars has no type; leave it out with select(), or cast it in the query`,
      );
    }
    names.add(name);
  }
  const { readIPCStream } = await loadPolars();
  return readIPCStream(Buffer.from(writeIPC(columns, numRows, 'stream').buffer));
}

async function loadPolars() {
  try {
    // eslint-disable-next-line @typescript-eslint/ban-ts-comment -- as in peer-types.ts
    // @ts-ignore the package is optional: npm ci does not bring it, and the build needs it no more than a user does
    return await import('nodejs-polars');
  } catch (cause) {
    throw new NotSupportedError(
      "toPolars() needs the package 'nodejs-polars', which could not be loaded. Install it: npm install nodejs-polars",
      { cause },
    );
  }
}

/** What of a frame of polars counts here. */
export interface PolarsLike {
  writeIPCStream(options?: object): Uint8Array;
}

export function isPolarsFrame(source: object): source is PolarsLike {
  return typeof (source as Partial<PolarsLike>).writeIPCStream === 'function';
}
