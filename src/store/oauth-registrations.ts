import type { Tx } from './database.ts';

/** JSON of someone else's making that the store only keeps. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Who we are at one authorization server for one FHIR base. Belongs to no practice: used inside `withoutPractice`. */
export interface OAuthRegistration {
  /** Its name in addresses: `/oauth/cb/{context}`, `/oauth/jwks/{context}`. Never given twice. */
  readonly context: string;
  /** Id of the adapter. */
  readonly adapter: string;
  readonly kind: 'vendor' | 'vendor-sandbox' | 'simulator';
  /** Exact origin and base path of the EMR, as in connections. */
  readonly origin: string;
  readonly grantType: 'authorization_code' | 'client_credentials';
  readonly clientId: string;
  readonly clientAuthentication: 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
  /** Sealed. */
  readonly clientSecret: Buffer | undefined;
  /** Sealed. */
  readonly privateJwk: Buffer | undefined;
  readonly publicJwk: JsonObject | undefined;
  readonly scopeDialect: 'v1' | 'v2' | 'plain';
  /** Issuer and endpoints as they were found; from the approval on, as they have to be found. */
  readonly metadata: JsonObject;
  readonly approvedAt: Date | undefined;
  readonly retiredAt: Date | undefined;
  readonly createdAt: Date;
}

export interface RegistrationAct {
  readonly actId: string;
  readonly context: string;
  readonly at: Date;
  readonly act: 'add' | 'approve' | 'retire' | 'keys' | 'quota' | 'webhook';
  readonly person: string;
  readonly reason: string;
}

const columns = [
  'context',
  'adapter',
  'kind',
  'origin',
  'grant_type',
  'client_id',
  'client_authentication',
  'client_secret',
  'private_jwk',
  'public_jwk',
  'scope_dialect',
  'metadata',
  'approved_at',
  'retired_at',
  'created_at',
] as const;

interface Row {
  context: string;
  adapter: string;
  kind: OAuthRegistration['kind'];
  origin: string;
  grant_type: OAuthRegistration['grantType'];
  client_id: string;
  client_authentication: OAuthRegistration['clientAuthentication'];
  client_secret: Buffer | null;
  private_jwk: Buffer | null;
  public_jwk: JsonObject | null;
  scope_dialect: OAuthRegistration['scopeDialect'];
  metadata: JsonObject;
  approved_at: Date | null;
  retired_at: Date | null;
  created_at: Date;
}

/** All registrations, by name, retired ones included. */
export async function listRegistrations(tx: Tx): Promise<OAuthRegistration[]> {
  const rows: Row[] = await tx('oauth_registration')
    .select(...columns)
    .orderBy('context');
  return rows.map(registrationOf);
}

export async function readRegistration(tx: Tx, context: string): Promise<OAuthRegistration | undefined> {
  const row: Row | undefined = await tx('oauth_registration')
    .where({ context })
    .first(...columns);
  return row && registrationOf(row);
}

/** @returns false when the name was given before */
export async function insertRegistration(tx: Tx, registration: OAuthRegistration): Promise<boolean> {
  const inserted = await tx('oauth_registration')
    .insert({
      context: registration.context,
      adapter: registration.adapter,
      kind: registration.kind,
      origin: registration.origin,
      grant_type: registration.grantType,
      client_id: registration.clientId,
      client_authentication: registration.clientAuthentication,
      client_secret: registration.clientSecret ?? null,
      private_jwk: registration.privateJwk ?? null,
      public_jwk: registration.publicJwk ? JSON.stringify(registration.publicJwk) : null,
      scope_dialect: registration.scopeDialect,
      metadata: JSON.stringify(registration.metadata),
      created_at: registration.createdAt,
    })
    .onConflict('context')
    .ignore()
    .returning('context');
  return inserted.length === 1;
}

/** From here on secrets may be sent to the endpoints of `metadata`, and to no others. Replaces an earlier approval. */
export async function approveRegistrationRow(
  tx: Tx,
  context: string,
  metadata: JsonObject,
  at: Date,
): Promise<void> {
  await tx('oauth_registration')
    .where({ context })
    .update({ metadata: JSON.stringify(metadata), approved_at: at });
}

/** Nobody new connects by it; the connections that it has go on. The first moment stays. */
export async function retireRegistrationRow(tx: Tx, context: string, at: Date): Promise<void> {
  await tx('oauth_registration')
    .where({ context })
    .update({ retired_at: tx.raw('coalesce(retired_at, ?)', [at]) });
}

/** Another secret or key pair takes the place of the one there is. */
export async function replaceRegistrationKeys(
  tx: Tx,
  context: string,
  keys: { readonly clientSecret: Buffer } | { readonly privateJwk: Buffer; readonly publicJwk: JsonObject },
): Promise<void> {
  await tx('oauth_registration')
    .where({ context })
    .update(
      'clientSecret' in keys
        ? { client_secret: keys.clientSecret }
        : { private_jwk: keys.privateJwk, public_jwk: JSON.stringify(keys.publicJwk) },
    );
}

export async function insertRegistrationAct(tx: Tx, act: RegistrationAct): Promise<void> {
  await tx('oauth_registration_act').insert({
    act_id: act.actId,
    context: act.context,
    at: act.at,
    act: act.act,
    person: act.person,
    reason: act.reason,
  });
}

/** What people did to the registrations and why, the oldest first. */
export async function listRegistrationActs(tx: Tx): Promise<RegistrationAct[]> {
  const rows = await tx('oauth_registration_act')
    .select('act_id', 'context', 'at', 'act', 'person', 'reason')
    .orderBy('act_id');
  return rows.map((row) => ({
    actId: row.act_id,
    context: row.context,
    at: row.at,
    act: row.act,
    person: row.person,
    reason: row.reason,
  }));
}

function registrationOf(row: Row): OAuthRegistration {
  return {
    context: row.context,
    adapter: row.adapter,
    kind: row.kind,
    origin: row.origin,
    grantType: row.grant_type,
    clientId: row.client_id,
    clientAuthentication: row.client_authentication,
    clientSecret: row.client_secret ?? undefined,
    privateJwk: row.private_jwk ?? undefined,
    publicJwk: row.public_jwk ?? undefined,
    scopeDialect: row.scope_dialect,
    metadata: row.metadata,
    approvedAt: row.approved_at ?? undefined,
    retiredAt: row.retired_at ?? undefined,
    createdAt: row.created_at,
  };
}
