/** The public face: named exports, no code. */
export { connect, type ConnectOptions, type ConnectionOptions } from './client/connect.js';
export {
  Connection,
  type ConnectionStats,
  type QueryOptions,
  type Result,
  type ScriptOptions,
} from './client/connection.js';
export type { Pipeline } from './client/pipeline.js';
export { Cursor, type CursorOptions, type ExecuteOptions } from './client/cursor.js';
export type { RowSource } from './client/row-parts.js';
export type { BatchOptions } from './client/fetch-columns.js';
export type { WriteOptions } from './client/write-data-frame.js';
export type { ColumnDescription } from './client/description.js';
export type { CallOptions } from './client/limits.js';
export {
  createPool,
  Pool,
  type AcquireOptions,
  type PoolOptions,
  type PoolStats,
  type PoolTransactionOptions,
} from './client/pool.js';
export type { PoolEvent, PoolEventMap, PoolRemoveEvent, PoolRemoveReason } from './client/pool-events.js';
export type { PoolCounters } from './client/pool-keeper.js';
export { PooledConnection } from './client/pool-lease.js';
export type { PoolHook } from './client/pool-session.js';
export { retry, type RetryOptions } from './client/retry.js';
export {
  ArgumentError,
  AuthenticationError,
  CancelledError,
  ConnectError,
  ConnectionLostError,
  DatabaseError,
  DataError,
  IntegrityError,
  InterfaceError,
  InternalError,
  NotSupportedError,
  OperationalError,
  PoolError,
  ProgrammingError,
  ProtocolError,
  RedshiftError,
  TimeoutError,
  Warning,
  type BoxedError,
  type ErrorDetails,
  type Notice,
  type ServerFields,
  type TimeoutPhase,
} from './errors.js';
export type { ColumnArray, FetchedColumn, FetchedColumns } from './results/column-arrays.js';
export { Column, type ColumnData, type ColumnValues } from './results/column.js';
export { DataFrame, type FrameSource } from './results/data-frame.js';
export type { FrameColumns, FrameOptions } from './results/frame-from.js';
export type { ArrowTableLike } from './results/frame-arrow.js';
export type { PolarsLike } from './results/frame-polars.js';
export type { IPCFormat } from './results/ipc-writer.js';
export type { ArrowTable, PolarsDataFrame } from './results/peer-types.js';
export type { RowMode } from './results/row-decoder.js';
export type { DataKind, DataType, Field, Schema, SimpleKind } from './results/schema.js';
export type { AuthMethod } from './session/login-methods.js';
export type { Parameters, Paramstyle } from './sql/placeholders.js';
export type {
  ConnectEvent,
  Logger,
  PoolTraceEvent,
  QueryEvent,
  QueryOperation,
  TracedError,
  TraceEvent,
} from './trace.js';
export { Interval } from './types/interval.js';
export type { CustomReader, TypeOptions } from './types/registry.js';
export { Timestamp } from './types/timestamp.js';
export { Typed, typed } from './types/typed.js';
export { registerCredentialsProvider } from './auth/plugins/index.js';
export type { CredentialsStore } from './auth/cache.js';
export type {
  AssertedUser,
  AwsKeys,
  CredentialsFunction,
  CredentialsProvider,
  OwnCredentials,
  PluginOptions,
  ProvidedCredentials,
  ProviderContext,
} from './auth/provider.js';
