/** What statements depend on: the settings of their connection, and those of one call. */
import type { RowMode } from '../results/row-decoder.js';
import type { Paramstyle } from '../sql/placeholders.js';
import type { Logger, QueryOperation } from '../trace.js';
import type { TypeRegistry } from '../types/registry.js';
import type { CallOptions } from './limits.js';
import type { Place } from './statement-tracer.js';

/** Settings of a connection that statements depend on. */
export interface ExecutorSettings {
  readonly dialect: 'redshift' | 'postgresql';
  readonly paramstyle: Paramstyle;
  /** Of cursors. */
  readonly rowMode: RowMode;
  /** Of `query`. */
  readonly queryRowMode: RowMode;
  readonly types: TypeRegistry;
  readonly autocommit: boolean;
  readonly pipeline: boolean;
  readonly maxPreparedStatements: number;
  /** Bytes. */
  readonly fetchBufferSize: number;
  readonly maxResultBytes: number;
  /** Seconds. */
  readonly queryTimeout: number | undefined;
  readonly logger: Logger | undefined;
  readonly logParameters: boolean;
  /** Where statements go, for those who watch them. */
  readonly place: Place;
}

export interface RunSettings extends CallOptions {
  /** Who runs it, for those who watch. */
  readonly operation: QueryOperation;
  readonly types: TypeRegistry;
  readonly rowMode: RowMode;
  /** Bytes of rows that may wait before reading stops. */
  readonly bufferSize: number;
  /** Never stop reading: the whole result is wanted at once. */
  readonly collect: boolean;
  /** It need not wait for the answers to statements of a pipeline, where its kind allows that. */
  readonly pipelined: boolean;
  readonly owner: string;
}
