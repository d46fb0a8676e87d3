/** What a login needs, as a value: nothing here talks to anybody. */

/** How the client proves who it is, made anew for every connection. */
export type Login =
  | {
      readonly kind: 'password';
      readonly user: string;
      readonly password: string | undefined;
      /** Startup parameters that name the credentials provider, where there was one. */
      readonly announced?: readonly (readonly [string, string])[];
    }
  | {
      readonly kind: 'token';
      readonly user: string;
      readonly token: string;
      /** Startup parameters that announce the token: `plugin_name`, `idp_type`, `token_type` … */
      readonly announced: readonly (readonly [string, string])[];
    };
