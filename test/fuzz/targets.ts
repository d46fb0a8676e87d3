/** The targets, in the order in which they run. */
import { config } from './config.js';
import { decoder } from './decoder.js';
import type { Target } from './engine.js';
import { html } from './html.js';
import { listener } from './listener.js';
import { localServer } from './local-server.js';
import { saml } from './saml.js';
import { serverSql } from './server-sql.js';
import { serverValues } from './server-values.js';
import { session } from './session.js';
import { sql } from './sql.js';
import { values } from './values.js';

export const targets: readonly Target[] = [
  decoder,
  session,
  values,
  sql,
  config,
  saml,
  html,
  listener,
  serverValues,
  serverSql,
  localServer,
];
