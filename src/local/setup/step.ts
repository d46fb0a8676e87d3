/** A part of what makes a PostgreSQL data directory the ground of a local Redshift: SQL that the owner runs once. */
export interface SetupStep {
  /** What it is, for the error that names a step that failed. */
  readonly name: string;
  readonly sql: string;
}
