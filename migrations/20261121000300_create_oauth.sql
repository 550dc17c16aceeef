-- What the authorization server for agents keeps beside the agents themselves. Nothing here belongs to a practice.

create table signing_key (
  generation integer primary key,
  key_id text not null unique,
  public_jwk jsonb not null,
  private_jwk bytea not null,
  created_at timestamptz not null default now()
);
grant select, insert on signing_key to postern_app;
comment on column signing_key.generation is 'phi:none; retention:while tokens it signed are accepted; purpose:the highest signs, and only one process can make it';
comment on column signing_key.key_id is 'phi:none; retention:while tokens it signed are accepted; purpose:kid of access tokens, RFC 7638 thumbprint';
comment on column signing_key.public_jwk is 'phi:none; retention:while tokens it signed are accepted; purpose:verifies access tokens, published at jwks_uri';
comment on column signing_key.private_jwk is 'phi:secret; retention:while tokens it signed are accepted; purpose:signs access tokens, sealed under the key ring';
comment on column signing_key.created_at is 'phi:none; retention:while tokens it signed are accepted; purpose:evidence';

create table used_assertion (
  assertion_hash text primary key,
  expires_at timestamptz not null
);
create index used_assertion_by_expiry on used_assertion (expires_at);
grant select, insert, delete on used_assertion to postern_app;
comment on column used_assertion.assertion_hash is 'phi:none; retention:minutes; purpose:hash of client and jti of a private_key_jwt assertion that must not come twice';
comment on column used_assertion.expires_at is 'phi:none; retention:minutes; purpose:when the assertion itself has expired';

create index rate_limit_by_expiry on rate_limit (expire);

comment on column agent.secret_hash is 'phi:secret; retention:agent life; purpose:SHA-256 over client id and client secret (32 random bytes)';
