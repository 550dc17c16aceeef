/**
 * Where values stand that a practice's data key sealed, with the place that each was sealed for: a new data key reaches
 * every one of them. A column of sealed bytes that is neither here nor in {@link sealedOtherwise} is a fault of the
 * catalog.
 */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** Columns that name the row within its practice. */
  readonly key: readonly string[];
  /** SQL of the seal's `row`. */
  readonly row: string;
  readonly kind: string;
  /** Column of the seal's version; 0 for what is written once. */
  readonly version: string | 0;
}

export const sealedColumns: readonly SealedColumn[] = [
  {
    table: 'connection',
    column: 'secrets',
    key: ['connection_id'],
    row: 'connection_id',
    kind: 'credentials',
    version: 'secrets_version',
  },
  {
    table: 'token',
    column: 'at_ct',
    key: ['connection_id'],
    row: 'connection_id',
    kind: 'access',
    version: 'token_version',
  },
  {
    table: 'token',
    column: 'rt_ct',
    key: ['connection_id'],
    row: 'connection_id',
    kind: 'refresh',
    version: 'token_version',
  },
  {
    table: 'token',
    column: 'prev_rt_ct',
    key: ['connection_id'],
    row: 'connection_id',
    kind: 'previous-refresh',
    version: 'token_version',
  },
  {
    table: 'patient_link',
    column: 'emr_id',
    key: ['patient_id'],
    row: 'patient_id',
    kind: 'emr-id',
    version: 0,
  },
  {
    table: 'appointment_link',
    column: 'emr_id',
    key: ['appointment_id'],
    row: 'appointment_id',
    kind: 'emr-id',
    version: 0,
  },
  {
    table: 'booking_intent',
    column: 'patient',
    key: ['intent_id'],
    row: 'intent_id',
    kind: 'patient',
    version: 0,
  },
  {
    table: 'booking_intent',
    column: 'emr_ref',
    key: ['intent_id'],
    row: 'intent_id',
    kind: 'emr-refs',
    version: 'version',
  },
  {
    table: 'queue_entry',
    column: 'details',
    key: ['entry_id'],
    row: 'coalesce(intent_id, entry_id)',
    kind: 'queue',
    version: 0,
  },
  {
    table: 'authorization_request',
    column: 'pending',
    key: ['request_id'],
    row: 'request_id',
    kind: 'authorization-request',
    version: 0,
  },
];

/** Secret bytes that no data key of a practice sealed, and what protects them. */
export const sealedOtherwise: Readonly<Record<string, string>> = {
  'agent.secret_hash': 'a hash of random bytes',
  'agent.previous_secret_hash': 'a hash of random bytes',
  'connect_link.code_hash': 'a hash under the practice’s index key, which never changes',
  'oauth_registration.client_secret': 'sealed under the key ring',
  'oauth_registration.private_jwk': 'sealed under the key ring',
  'practice_key.wrapped': 'wrapped by the key ring',
  'signing_key.private_jwk': 'sealed under the key ring',
  'webhook.secret': 'sealed under the key ring',
};
