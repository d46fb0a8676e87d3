/** `redshift-connector/local`: a Redshift to develop and test against, on this machine. */
export { type LocalRedshift, startLocalRedshift } from './local-redshift.js';
export type {
  LocalIdentityProvider,
  LocalTemporaryUser,
  LocalTemporaryUsers,
  LocalTokenIssuer,
  LocalTokenUser,
} from './login-options.js';
export type { LocalAuth, LocalRedshiftOptions, LocalUser } from './options.js';
