/**
 * BasicJwtCredentialsProvider: `webIdentityToken` for a native identity provider, named by `providerName`. It is not the
 * older login that changed a token into AWS keys (AssumeRoleWithWebIdentity).
 */
import { jwtPlugin } from './jwt.js';

export const basicJwt = jwtPlugin('BasicJwtCredentialsProvider');
