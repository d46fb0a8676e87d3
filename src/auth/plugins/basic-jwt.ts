/**
 * BasicJwtCredentialsProvider: `webIdentityToken` for a native identity provider, named by `providerName`. The older
 * login, which changes a token into AWS keys, is JwtIamAuthPlugin.
 */
import { jwtPlugin } from './jwt.js';

export const basicJwt = jwtPlugin('BasicJwtCredentialsProvider');
