/** `redshift-connector/local`: a Redshift to develop and test against, on this machine. */
export { type LocalRedshift, startLocalRedshift } from './local-redshift.js';
export type { LocalAuth, LocalIdentityProvider, LocalRedshiftOptions, LocalUser } from './options.js';
