/** Every credential provider of the AWS SDK is one of ours, as types: nobody has to cast, wrap or leave out strictness. */
import type {
  fromCognitoIdentityPool,
  fromContainerMetadata,
  fromEnv,
  fromHttp,
  fromIni,
  fromInstanceMetadata,
  fromNodeProviderChain,
  fromProcess,
  fromSSO,
  fromTemporaryCredentials,
  fromTokenFile,
  fromWebToken,
} from '@aws-sdk/credential-providers';
import { expectTypeOf, it } from 'vitest';
import type { connect, CredentialsFunction } from '../../../src/index.js';

type Given = Exclude<Parameters<typeof connect>[0], string>['credentialsProvider'];

it("takes the AWS SDK's credential providers", () => {
  expectTypeOf<ReturnType<typeof fromIni>>().toExtend<CredentialsFunction>();
  expectTypeOf<ReturnType<typeof fromSSO>>().toExtend<CredentialsFunction>();
  expectTypeOf<ReturnType<typeof fromProcess>>().toExtend<CredentialsFunction>();
  expectTypeOf<ReturnType<typeof fromTemporaryCredentials>>().toExtend<CredentialsFunction>();
  expectTypeOf<ReturnType<typeof fromNodeProviderChain>>().toExtend<CredentialsFunction>();
  expectTypeOf<ReturnType<typeof fromWebToken>>().toExtend<CredentialsFunction>();
  expectTypeOf<ReturnType<typeof fromTokenFile>>().toExtend<CredentialsFunction>();
  expectTypeOf<ReturnType<typeof fromCognitoIdentityPool>>().toExtend<CredentialsFunction>();
  expectTypeOf<ReturnType<typeof fromEnv>>().toExtend<CredentialsFunction>();
  expectTypeOf<ReturnType<typeof fromHttp>>().toExtend<CredentialsFunction>();
  expectTypeOf<ReturnType<typeof fromInstanceMetadata>>().toExtend<CredentialsFunction>();
  expectTypeOf<ReturnType<typeof fromContainerMetadata>>().toExtend<CredentialsFunction>();
  expectTypeOf<ReturnType<typeof fromIni>>().toExtend<NonNullable<Given>>();
});
