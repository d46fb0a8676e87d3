/** Bulk columns: no row is made. The peers have none; their rows are what they offer in its place. */
import type { Clients } from '../client.js';
import { rowClients, type FetchTask } from './fetch.js';

const beside = ['floor: read', 'floor: walk headers', 'pg', 'postgres'];

/** By name; the names stand in the report. */
export const columnClients: Clients<FetchTask> = Object.fromEntries(
  Object.entries(rowClients).filter(([name]) => beside.includes(name)),
);
