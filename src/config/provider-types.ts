/**
 * Which options go with which credentials provider, as types: computed from the table of plugins, so that an editor refuses
 * what the driver would refuse. Types only.
 */
import type { ConnectionOptions, Snake } from './connection-options.js';
import type { ProviderName, providers } from './providers.js';

/** A plugin by its name, bare or as the Python and the Java driver write it. */
export type CredentialsProviderName<Name extends string = ProviderName> =
  Name | `redshift_connector.plugin.${Name}` | `com.amazon.redshift.plugin.${Name}`;

type Specs = typeof providers;
type Takes<Name extends ProviderName> = Specs[Name]['required' | 'optional' | 'passedOver'][number];

/** What a login without provider knows as well. */
type Shared = 'user' | 'password' | 'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'endpointUrl';
type OfPlugins = Exclude<Takes<ProviderName>, Shared> & keyof ConnectionOptions;

/** The plugins that a type stands for; all of them where it is not one name. */
type Named<Given> = {
  [Name in ProviderName]: Given extends CredentialsProviderName<Name> ? Name : never;
}[ProviderName];

/** What none of them takes. */
type Refused<Name> = [Named<Name>] extends [never] ? never : Exclude<OfPlugins, Takes<Named<Name>>>;

/** The name of any plugin, or of a provider that was registered (`registerCredentialsProvider`). */
export type AnyProviderName = CredentialsProviderName | (string & {});

/**
 * What the options of a login may not hold: with a plugin's name as `credentialsProvider` the options of other plugins. (A union
 * of all logins would say the same, but could not be spread nor made `Partial`.)
 */
export type Fitting<Name, Own> = {
  readonly credentialsProvider?: Name | Own | undefined;
  readonly credentials_provider?: Name | Own | undefined;
} & { readonly [Option in Refused<Name> | Snake<Refused<Name>>]?: undefined };
