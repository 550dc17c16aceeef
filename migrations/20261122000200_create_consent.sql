-- How practices connect their EMRs by consent: our registrations at authorization servers, connect links, the consent
-- that is under way, and what came of it.

-- What belongs to no practice: who we are at one authorization server for one FHIR base.
create table oauth_registration (
  context text primary key check (context ~ '^[a-z][a-z0-9-]{1,47}$'),
  adapter text not null,
  kind text not null check (kind in ('vendor', 'vendor-sandbox', 'simulator')),
  origin text not null,
  grant_type text not null check (grant_type in ('authorization_code', 'client_credentials')),
  client_id text not null,
  client_authentication text not null check (client_authentication in ('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt')),
  client_secret bytea,
  private_jwk bytea,
  public_jwk jsonb,
  scope_dialect text not null check (scope_dialect in ('v1', 'v2', 'plain')),
  metadata jsonb not null,
  approved_at timestamptz,
  retired_at timestamptz,
  created_at timestamptz not null,
  check ((client_authentication in ('client_secret_basic', 'client_secret_post')) = (client_secret is not null)),
  check ((client_authentication = 'private_key_jwt') = (private_jwk is not null and public_jwk is not null))
);
grant select, insert, update (client_secret, private_jwk, public_jwk, metadata, approved_at, retired_at) on oauth_registration to postern_app;
comment on column oauth_registration.context is 'phi:none; retention:for ever, never given twice; purpose:part of the redirect address, which is registered there';
comment on column oauth_registration.adapter is 'phi:none; retention:for ever; purpose:folder of the adapter';
comment on column oauth_registration.kind is 'phi:none; retention:for ever; purpose:simulators are refused in production, vendors in sandbox practices';
comment on column oauth_registration.origin is 'phi:none; retention:for ever; purpose:exact origin and base path of the EMR, as in connections';
comment on column oauth_registration.grant_type is 'phi:none; retention:for ever; purpose:whether a person consents or two systems trust each other';
comment on column oauth_registration.client_id is 'phi:none; retention:for ever; purpose:OAuth client_id that the EMR gave us';
comment on column oauth_registration.client_authentication is 'phi:none; retention:for ever; purpose:token_endpoint_auth_method';
comment on column oauth_registration.client_secret is 'phi:secret; retention:until replaced; purpose:sealed client secret';
comment on column oauth_registration.private_jwk is 'phi:secret; retention:until replaced; purpose:sealed key that signs client assertions';
comment on column oauth_registration.public_jwk is 'phi:none; retention:for ever; purpose:published for the EMR to verify assertions';
comment on column oauth_registration.scope_dialect is 'phi:none; retention:for ever; purpose:in which grammar its EMR takes scopes';
comment on column oauth_registration.metadata is 'phi:none; retention:for ever; purpose:pinned issuer and endpoints; a connect finds them unchanged or does not happen';
comment on column oauth_registration.approved_at is 'phi:none; retention:for ever; purpose:before this nothing secret is sent there';
comment on column oauth_registration.retired_at is 'phi:none; retention:for ever; purpose:from here on nobody new connects by it';
comment on column oauth_registration.created_at is 'phi:none; retention:for ever; purpose:evidence';

create table oauth_registration_act (
  act_id uuid primary key,
  context text not null,
  at timestamptz not null,
  act text not null check (act in ('add', 'approve', 'retire', 'keys')),
  person text not null,
  reason text not null
);
grant select, insert on oauth_registration_act to postern_app;
comment on column oauth_registration_act.act_id is 'phi:none; retention:for ever; purpose:evidence';
comment on column oauth_registration_act.context is 'phi:none; retention:for ever; purpose:which registration';
comment on column oauth_registration_act.at is 'phi:none; retention:for ever; purpose:evidence';
comment on column oauth_registration_act.act is 'phi:none; retention:for ever; purpose:what was done to it';
comment on column oauth_registration_act.person is 'phi:none; retention:for ever; purpose:who did it';
comment on column oauth_registration_act.reason is 'phi:none; retention:for ever; purpose:why, in that person''s words';

create table connect_link (
  practice_id uuid not null,
  link_id uuid not null,
  token_hash bytea not null,
  code_hash bytea not null,
  wrong_codes integer not null default 0 check (wrong_codes between 0 and 5),
  connection_id uuid not null,
  adapter text not null,
  kind text not null check (kind in ('vendor', 'vendor-sandbox', 'simulator')),
  origin text,
  context text,
  made_by text not null,
  expires_at timestamptz not null,
  session_hash bytea,
  ended_at timestamptz,
  end_code text check (end_code in ('used', 'codes')),
  created_at timestamptz not null,
  primary key (practice_id, link_id),
  check ((ended_at is null) = (end_code is null))
);
alter table connect_link enable row level security;
alter table connect_link force row level security;
create policy connect_link_of_practice on connect_link using (practice_id = current_practice()) with check (practice_id = current_practice());
create policy connect_link_dispatch on connect_link for select to postern_dispatch using (true);
grant select, insert, delete, update (wrong_codes, origin, context, session_hash, ended_at, end_code) on connect_link to postern_app;
grant select (practice_id, link_id, token_hash, session_hash) on connect_link to postern_dispatch;
create index connect_link_by_token on connect_link (token_hash);
create index connect_link_by_session on connect_link (session_hash) where session_hash is not null;
comment on column connect_link.practice_id is 'phi:none; retention:30 days; purpose:tenant';
comment on column connect_link.link_id is 'phi:none; retention:30 days; purpose:names it in the trail';
comment on column connect_link.token_hash is 'phi:none; retention:30 days; purpose:SHA-256 of the 256 random bits in its address';
comment on column connect_link.code_hash is 'phi:secret; retention:30 days; purpose:hash under the practice''s key of the one-time code that is sent apart';
comment on column connect_link.wrong_codes is 'phi:none; retention:30 days; purpose:five wrong codes end it';
comment on column connect_link.connection_id is 'phi:none; retention:30 days; purpose:the connection that it makes or renews';
comment on column connect_link.adapter is 'phi:none; retention:30 days; purpose:folder of the adapter';
comment on column connect_link.kind is 'phi:none; retention:30 days; purpose:what the practice''s mode allows';
comment on column connect_link.origin is 'phi:none; retention:30 days; purpose:the EMR''s address; null until the practice has named it';
comment on column connect_link.context is 'phi:none; retention:30 days; purpose:our registration there; null for a key, or until it is approved';
comment on column connect_link.made_by is 'phi:none; retention:30 days; purpose:person who made it';
comment on column connect_link.expires_at is 'phi:none; retention:30 days; purpose:end of its life';
comment on column connect_link.session_hash is 'phi:none; retention:30 days; purpose:SHA-256 of the 256 random bits that the browser holds which entered the code';
comment on column connect_link.ended_at is 'phi:none; retention:30 days; purpose:it connected, or was guessed at';
comment on column connect_link.end_code is 'phi:none; retention:30 days; purpose:why it ended';
comment on column connect_link.created_at is 'phi:none; retention:30 days; purpose:evidence';

create table authorization_request (
  practice_id uuid not null,
  request_id uuid not null,
  link_id uuid not null,
  context text not null,
  state_hash bytea not null,
  session_hash bytea not null,
  pending bytea,
  scopes text[] not null,
  settings jsonb not null,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  outcome jsonb,
  created_at timestamptz not null,
  primary key (practice_id, request_id)
);
alter table authorization_request enable row level security;
alter table authorization_request force row level security;
create policy authorization_request_of_practice on authorization_request using (practice_id = current_practice()) with check (practice_id = current_practice());
create policy authorization_request_dispatch on authorization_request for select to postern_dispatch using (true);
grant select, insert, delete, update (pending, consumed_at, outcome) on authorization_request to postern_app;
grant select (practice_id, request_id, state_hash) on authorization_request to postern_dispatch;
create index authorization_request_by_state on authorization_request (state_hash);
comment on column authorization_request.practice_id is 'phi:none; retention:30 days; purpose:tenant';
comment on column authorization_request.request_id is 'phi:none; retention:30 days; purpose:one way to the EMR and back';
comment on column authorization_request.link_id is 'phi:none; retention:30 days; purpose:by which link it began';
comment on column authorization_request.context is 'phi:none; retention:30 days; purpose:the only callback address that may finish it';
comment on column authorization_request.state_hash is 'phi:none; retention:30 days; purpose:SHA-256 of state, 256 random bits';
comment on column authorization_request.session_hash is 'phi:none; retention:30 days; purpose:the only browser that may finish it';
comment on column authorization_request.pending is 'phi:secret; retention:until consumed; purpose:sealed issuer, redirect address and PKCE verifier';
comment on column authorization_request.scopes is 'phi:none; retention:30 days; purpose:what was asked';
comment on column authorization_request.settings is 'phi:none; retention:30 days; purpose:settings of the adapter that the practice chose';
comment on column authorization_request.expires_at is 'phi:none; retention:30 days; purpose:end of its life';
comment on column authorization_request.consumed_at is 'phi:none; retention:30 days; purpose:a state works once';
comment on column authorization_request.outcome is 'phi:none; retention:30 days; purpose:codes and scopes for the page that tells how it went';
comment on column authorization_request.created_at is 'phi:none; retention:30 days; purpose:evidence';

-- What the practice allowed. The newest of a connection counts; the tokens themselves are the token vault's.
create table consent (
  practice_id uuid not null,
  consent_id uuid not null,
  connection_id uuid not null,
  context text not null,
  asked text[] not null,
  granted text[] not null,
  verdict text not null check (verdict in ('full', 'read-only')),
  unverified boolean not null,
  consented_at timestamptz not null,
  ended_at timestamptz,
  revocation text check (revocation in ('revoked', 'not-offered', 'failed')),
  primary key (practice_id, consent_id)
);
alter table consent enable row level security;
alter table consent force row level security;
create policy consent_of_practice on consent using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, update (ended_at, revocation) on consent to postern_app;
create index consent_by_connection on consent (practice_id, connection_id, consent_id);
comment on column consent.practice_id is 'phi:none; retention:6 years; purpose:tenant';
comment on column consent.consent_id is 'phi:none; retention:6 years; purpose:in the order of their making';
comment on column consent.connection_id is 'phi:none; retention:6 years; purpose:to which account';
comment on column consent.context is 'phi:none; retention:6 years; purpose:by which registration of ours';
comment on column consent.asked is 'phi:none; retention:6 years; purpose:scopes that were asked for';
comment on column consent.granted is 'phi:none; retention:6 years; purpose:scopes that were granted';
comment on column consent.verdict is 'phi:none; retention:6 years; purpose:whether bookings can be written';
comment on column consent.unverified is 'phi:none; retention:6 years; purpose:the EMR named no scope, so that what was asked is taken as granted (RFC 6749 section 5.1)';
comment on column consent.consented_at is 'phi:none; retention:6 years; purpose:evidence';
comment on column consent.ended_at is 'phi:none; retention:6 years; purpose:when its tokens were destroyed';
comment on column consent.revocation is 'phi:none; retention:6 years; purpose:whether the EMR was told, too (RFC 7009)';

-- A FHIR base that a practice named itself. Nothing secret goes there before a person of the operator has looked at it.
create table base_approval (
  practice_id uuid not null,
  approval_id uuid not null,
  adapter text not null,
  kind text not null check (kind in ('vendor', 'vendor-sandbox', 'simulator')),
  origin text not null,
  metadata jsonb not null,
  asked_at timestamptz not null,
  context text,
  decided_by text,
  decided_at timestamptz,
  reason text,
  primary key (practice_id, approval_id),
  unique (practice_id, adapter, origin),
  check ((decided_at is null) = (context is null) and (decided_at is null) = (decided_by is null))
);
alter table base_approval enable row level security;
alter table base_approval force row level security;
create policy base_approval_of_practice on base_approval using (practice_id = current_practice()) with check (practice_id = current_practice());
create policy base_approval_dispatch on base_approval for select to postern_dispatch using (true);
grant select, insert, update (metadata, asked_at, context, decided_by, decided_at, reason) on base_approval to postern_app;
grant select (practice_id, approval_id, decided_at) on base_approval to postern_dispatch;
comment on column base_approval.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column base_approval.approval_id is 'phi:none; retention:practice life; purpose:names it in the trail';
comment on column base_approval.adapter is 'phi:none; retention:practice life; purpose:folder of the adapter';
comment on column base_approval.kind is 'phi:none; retention:practice life; purpose:what the practice''s mode allows';
comment on column base_approval.origin is 'phi:none; retention:practice life; purpose:the address as the practice named it, without the adapter''s own path';
comment on column base_approval.metadata is 'phi:none; retention:practice life; purpose:issuer and endpoints found there when it was named';
comment on column base_approval.asked_at is 'phi:none; retention:practice life; purpose:evidence';
comment on column base_approval.context is 'phi:none; retention:practice life; purpose:our registration there, once approved';
comment on column base_approval.decided_by is 'phi:none; retention:practice life; purpose:person of the operator who approved it';
comment on column base_approval.decided_at is 'phi:none; retention:practice life; purpose:evidence';
comment on column base_approval.reason is 'phi:none; retention:practice life; purpose:why, in that person''s words';

-- A grant wider than scheduling that a practice takes because its EMR cannot narrow it.
create table wider_grant (
  practice_id uuid not null,
  acceptance_id uuid not null,
  context text not null,
  scopes text[] not null,
  accepted_by text not null,
  accepted_at timestamptz not null,
  reason text not null,
  primary key (practice_id, acceptance_id)
);
alter table wider_grant enable row level security;
alter table wider_grant force row level security;
create policy wider_grant_of_practice on wider_grant using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert on wider_grant to postern_app;
comment on column wider_grant.practice_id is 'phi:none; retention:6 years; purpose:tenant';
comment on column wider_grant.acceptance_id is 'phi:none; retention:6 years; purpose:in the order of their making';
comment on column wider_grant.context is 'phi:none; retention:6 years; purpose:at which EMR';
comment on column wider_grant.scopes is 'phi:none; retention:6 years; purpose:what is accepted beyond scheduling';
comment on column wider_grant.accepted_by is 'phi:none; retention:6 years; purpose:person who answers for it';
comment on column wider_grant.accepted_at is 'phi:none; retention:6 years; purpose:evidence';
comment on column wider_grant.reason is 'phi:none; retention:6 years; purpose:why, in that person''s words';

-- Before the practice is known: a link by its token or its browser, a request by its state, bases that wait.
create function connect_link_of_token(hash bytea) returns table (practice_id uuid, link_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic select l.practice_id, l.link_id from postern.connect_link l where l.token_hash = hash; end;
create function connect_link_of_session(hash bytea) returns table (practice_id uuid, link_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic select l.practice_id, l.link_id from postern.connect_link l where l.session_hash = hash; end;
create function authorization_request_of_state(hash bytea) returns table (practice_id uuid, request_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic select r.practice_id, r.request_id from postern.authorization_request r where r.state_hash = hash; end;
create function waiting_bases() returns table (practice_id uuid, approval_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic select b.practice_id, b.approval_id from postern.base_approval b where b.decided_at is null order by 1, 2; end;
grant create on schema postern to postern_dispatch;
alter function connect_link_of_token(bytea) owner to postern_dispatch;
alter function connect_link_of_session(bytea) owner to postern_dispatch;
alter function authorization_request_of_state(bytea) owner to postern_dispatch;
alter function waiting_bases() owner to postern_dispatch;
revoke create on schema postern from postern_dispatch;
revoke execute on function connect_link_of_token(bytea), connect_link_of_session(bytea), authorization_request_of_state(bytea), waiting_bases() from public;
grant execute on function connect_link_of_token(bytea), connect_link_of_session(bytea), authorization_request_of_state(bytea), waiting_bases() to postern_app;
