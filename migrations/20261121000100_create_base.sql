-- The ground: tenants, who calls for them, where they are connected, what is open, what we have undertaken.
-- Every table leads with the practice and is walled by FORCE ROW LEVEL SECURITY; every column says its class,
-- retention and purpose.

create extension if not exists btree_gist with schema public;

create function current_practice() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('postern.practice', true), '')::uuid;
comment on function current_practice() is 'The practice this transaction works for; null when none is set, and then no row is visible.';

create table practice (
  practice_id uuid primary key,
  name text not null,
  time_zone text not null,
  phone text,
  mode text not null check (mode in ('sandbox', 'live')),
  booking_mode text not null default 'live' check (booking_mode in ('off', 'queue_only', 'live')),
  baa jsonb,
  disabled_at timestamptz,
  created_at timestamptz not null default now()
);
alter table practice enable row level security;
alter table practice force row level security;
create policy practice_of_practice on practice using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, update on practice to postern_app;
comment on column practice.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column practice.name is 'phi:none; retention:practice life; purpose:shown to staff and agents';
comment on column practice.time_zone is 'phi:none; retention:practice life; purpose:IANA zone of local dates';
comment on column practice.phone is 'phi:none; retention:practice life; purpose:told to callers when the machine cannot help';
comment on column practice.mode is 'phi:none; retention:practice life; purpose:sandbox never meets a real EMR';
comment on column practice.booking_mode is 'phi:none; retention:practice life; purpose:whether agents may book';
comment on column practice.baa is 'phi:none; retention:6 years after practice life; purpose:version, sha256, signer, signedAt of the business associate agreement';
comment on column practice.disabled_at is 'phi:none; retention:practice life; purpose:when access ended';
comment on column practice.created_at is 'phi:none; retention:practice life; purpose:evidence';

create table agent (
  practice_id uuid not null,
  agent_id uuid not null,
  client_id text not null unique,
  name text not null,
  owner text not null,
  auth_method text not null check (auth_method in ('client_secret_basic', 'client_secret_post', 'private_key_jwt')),
  secret_hash bytea,
  previous_secret_hash bytea,
  previous_secret_until timestamptz,
  jwks jsonb,
  scope text not null,
  expires_at timestamptz not null,
  disabled_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (practice_id, agent_id)
);
alter table agent enable row level security;
alter table agent force row level security;
create policy agent_of_practice on agent using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, update on agent to postern_app;
comment on column agent.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column agent.agent_id is 'phi:none; retention:6 years; purpose:who acted';
comment on column agent.client_id is 'phi:none; retention:agent life; purpose:OAuth client_id';
comment on column agent.name is 'phi:none; retention:agent life; purpose:shown to staff';
comment on column agent.owner is 'phi:none; retention:6 years; purpose:person or company answerable for the agent';
comment on column agent.auth_method is 'phi:none; retention:agent life; purpose:token_endpoint_auth_method';
comment on column agent.secret_hash is 'phi:secret; retention:agent life; purpose:keyed hash of the client secret';
comment on column agent.previous_secret_hash is 'phi:secret; retention:until rotation ends; purpose:second valid secret while rotating';
comment on column agent.previous_secret_until is 'phi:none; retention:until rotation ends; purpose:end of the rotation';
comment on column agent.jwks is 'phi:none; retention:agent life; purpose:public keys of private_key_jwt';
comment on column agent.scope is 'phi:none; retention:agent life; purpose:scopes the agent may ask for';
comment on column agent.expires_at is 'phi:none; retention:agent life; purpose:no agent lives for ever';
comment on column agent.disabled_at is 'phi:none; retention:agent life; purpose:when access ended';
comment on column agent.last_used_at is 'phi:none; retention:agent life; purpose:unused agents are disabled';
comment on column agent.created_at is 'phi:none; retention:agent life; purpose:evidence';

create table connection (
  practice_id uuid not null,
  connection_id uuid not null,
  adapter text not null,
  kind text not null check (kind in ('vendor', 'vendor-sandbox', 'simulator')),
  origin text not null,
  secrets bytea,
  secrets_version integer not null default 0,
  settings jsonb not null default '{}',
  state text not null default 'connected' check (state in ('connected', 'degraded', 'needs_reconsent', 'disconnected')),
  state_since timestamptz not null default now(),
  reason_code text,
  last_success_at timestamptz,
  next_free_at timestamptz,
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (practice_id, connection_id)
);
alter table connection enable row level security;
alter table connection force row level security;
create policy connection_of_practice on connection using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, update on connection to postern_app;
comment on column connection.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column connection.connection_id is 'phi:none; retention:practice life; purpose:account of the practice at one EMR';
comment on column connection.adapter is 'phi:none; retention:practice life; purpose:folder of the adapter';
comment on column connection.kind is 'phi:none; retention:practice life; purpose:simulators are refused in production';
comment on column connection.origin is 'phi:none; retention:practice life; purpose:exact origin and base path of the EMR';
comment on column connection.secrets is 'phi:secret; retention:until disconnected; purpose:sealed JSON of the credentials';
comment on column connection.secrets_version is 'phi:none; retention:until disconnected; purpose:part of the seal';
comment on column connection.settings is 'phi:none; retention:practice life; purpose:settings of the adapter';
comment on column connection.state is 'phi:none; retention:practice life; purpose:health by evidence';
comment on column connection.state_since is 'phi:none; retention:practice life; purpose:health by evidence';
comment on column connection.reason_code is 'phi:none; retention:practice life; purpose:why the state is not connected';
comment on column connection.last_success_at is 'phi:none; retention:practice life; purpose:health by evidence';
comment on column connection.next_free_at is 'phi:none; retention:transient; purpose:pace: when the next request may leave';
comment on column connection.disabled_at is 'phi:none; retention:practice life; purpose:when access ended';
comment on column connection.created_at is 'phi:none; retention:practice life; purpose:evidence';

create table visit_type (
  practice_id uuid not null,
  code text not null,
  display text not null,
  minutes integer not null check (minutes between 5 and 540),
  vendor_ref text,
  practitioners text[] not null default '{}',
  locations text[] not null default '{}',
  patients text not null default 'any' check (patients in ('any', 'new', 'existing')),
  mode text not null default 'direct' check (mode in ('direct', 'approval', 'off')),
  is_default boolean not null default false,
  primary key (practice_id, code)
);
alter table visit_type enable row level security;
alter table visit_type force row level security;
create policy visit_type_of_practice on visit_type using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, update, delete on visit_type to postern_app;
comment on column visit_type.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column visit_type.code is 'phi:none; retention:practice life; purpose:code of the HealthcareService';
comment on column visit_type.display is 'phi:none; retention:practice life; purpose:words for agents';
comment on column visit_type.minutes is 'phi:none; retention:practice life; purpose:length of the visit in minutes';
comment on column visit_type.vendor_ref is 'phi:none; retention:practice life; purpose:the type in the EMR';
comment on column visit_type.practitioners is 'phi:none; retention:practice life; purpose:directory ids, empty for all';
comment on column visit_type.locations is 'phi:none; retention:practice life; purpose:directory ids, empty for all';
comment on column visit_type.patients is 'phi:none; retention:practice life; purpose:who may book it';
comment on column visit_type.mode is 'phi:none; retention:practice life; purpose:booked, queued or refused';
comment on column visit_type.is_default is 'phi:none; retention:practice life; purpose:used by a search without a type';

create table directory_entry (
  practice_id uuid not null,
  kind text not null check (kind in ('Practitioner', 'Location', 'Schedule')),
  id text not null,
  connection_id uuid not null,
  vendor_id text not null,
  resource jsonb not null,
  active boolean not null default true,
  seen_at timestamptz not null,
  primary key (practice_id, kind, id), unique (practice_id, kind, connection_id, vendor_id)
);
alter table directory_entry enable row level security;
alter table directory_entry force row level security;
create policy directory_entry_of_practice on directory_entry using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, update on directory_entry to postern_app;
comment on column directory_entry.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column directory_entry.kind is 'phi:none; retention:connection life; purpose:FHIR resource type';
comment on column directory_entry.id is 'phi:none; retention:connection life; purpose:FHIR id';
comment on column directory_entry.connection_id is 'phi:none; retention:connection life; purpose:whose id it is';
comment on column directory_entry.vendor_id is 'phi:none; retention:connection life; purpose:id in the EMR';
comment on column directory_entry.resource is 'phi:none; retention:connection life; purpose:names of staff and places';
comment on column directory_entry.active is 'phi:none; retention:connection life; purpose:still in the EMR';
comment on column directory_entry.seen_at is 'phi:none; retention:connection life; purpose:age of the entry';

create table opening (
  practice_id uuid not null,
  id text not null,
  connection_id uuid not null,
  vendor_key text not null,
  claims text[] not null,
  during tstzrange not null,
  minutes integer not null,
  visit_type text not null,
  practitioner text not null,
  location text not null,
  schedule_id text not null,
  seen_at timestamptz not null,
  primary key (practice_id, id)
);
alter table opening enable row level security;
alter table opening force row level security;
create policy opening_of_practice on opening using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, update, delete on opening to postern_app;
create index opening_ended on opening (upper(during));
comment on column opening.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column opening.id is 'phi:none; retention:1 day after start; purpose:id of Slot and proposed Appointment';
comment on column opening.connection_id is 'phi:none; retention:1 day after start; purpose:where it is open';
comment on column opening.vendor_key is 'phi:none; retention:1 day after start; purpose:what identifies it in the EMR';
comment on column opening.claims is 'phi:none; retention:1 day after start; purpose:resources that must be free together';
comment on column opening.during is 'phi:none; retention:1 day after start; purpose:start and end';
comment on column opening.minutes is 'phi:none; retention:1 day after start; purpose:length in minutes';
comment on column opening.visit_type is 'phi:none; retention:1 day after start; purpose:code of the visit type';
comment on column opening.practitioner is 'phi:none; retention:1 day after start; purpose:id in the EMR';
comment on column opening.location is 'phi:none; retention:1 day after start; purpose:id in the EMR';
comment on column opening.schedule_id is 'phi:none; retention:1 day after start; purpose:FHIR id of the Schedule';
comment on column opening.seen_at is 'phi:none; retention:1 day after start; purpose:age';

create table patient_link (
  practice_id uuid not null,
  patient_id text not null,
  connection_id uuid not null,
  emr_id bytea not null,
  emr_id_index bytea not null,
  created_at timestamptz not null default now(),
  primary key (practice_id, patient_id), unique (practice_id, connection_id, emr_id_index)
);
alter table patient_link enable row level security;
alter table patient_link force row level security;
create policy patient_link_of_practice on patient_link using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert on patient_link to postern_app;
comment on column patient_link.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column patient_link.patient_id is 'phi:pseudonym; retention:practice life; purpose:random FHIR id of the patient';
comment on column patient_link.connection_id is 'phi:none; retention:practice life; purpose:whose patient';
comment on column patient_link.emr_id is 'phi:phi; retention:practice life; purpose:sealed id in the EMR';
comment on column patient_link.emr_id_index is 'phi:pseudonym; retention:practice life; purpose:keyed index of the id in the EMR';
comment on column patient_link.created_at is 'phi:none; retention:practice life; purpose:evidence';

create table appointment_link (
  practice_id uuid not null,
  appointment_id text not null,
  connection_id uuid not null,
  emr_id bytea not null,
  emr_id_index bytea not null,
  patient_id text,
  created_at timestamptz not null default now(),
  primary key (practice_id, appointment_id), unique (practice_id, connection_id, emr_id_index)
);
alter table appointment_link enable row level security;
alter table appointment_link force row level security;
create policy appointment_link_of_practice on appointment_link using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert on appointment_link to postern_app;
comment on column appointment_link.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column appointment_link.appointment_id is 'phi:pseudonym; retention:6 years; purpose:FHIR id of the Appointment';
comment on column appointment_link.connection_id is 'phi:none; retention:6 years; purpose:where it is booked';
comment on column appointment_link.emr_id is 'phi:phi; retention:6 years; purpose:sealed id in the EMR';
comment on column appointment_link.emr_id_index is 'phi:pseudonym; retention:6 years; purpose:keyed index of the id in the EMR';
comment on column appointment_link.patient_id is 'phi:pseudonym; retention:6 years; purpose:whose it is';
comment on column appointment_link.created_at is 'phi:none; retention:6 years; purpose:evidence';

create table hold (
  practice_id uuid not null,
  hold_id text not null,
  opening_id text not null,
  agent_id uuid not null,
  opening jsonb not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  end_code text,
  created_at timestamptz not null default now(),
  primary key (practice_id, hold_id)
);
alter table hold enable row level security;
alter table hold force row level security;
create policy hold_of_practice on hold using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, update on hold to postern_app;
comment on column hold.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column hold.hold_id is 'phi:none; retention:30 days; purpose:FHIR id of the pending Appointment';
comment on column hold.opening_id is 'phi:none; retention:30 days; purpose:what is held';
comment on column hold.agent_id is 'phi:none; retention:30 days; purpose:who holds it';
comment on column hold.opening is 'phi:none; retention:30 days; purpose:the opening as it was held';
comment on column hold.expires_at is 'phi:none; retention:30 days; purpose:end of the hold';
comment on column hold.ended_at is 'phi:none; retention:30 days; purpose:booked, released or expired';
comment on column hold.end_code is 'phi:none; retention:30 days; purpose:booked, released or expired';
comment on column hold.created_at is 'phi:none; retention:30 days; purpose:evidence';

create table claim (
  practice_id uuid not null,
  resource_key text not null,
  during tstzrange not null,
  owner_kind text not null check (owner_kind in ('hold', 'intent')),
  owner_id text not null,
  confirmed boolean not null default false,
  expires_at timestamptz,
  constraint claim_once exclude using gist (practice_id with =, resource_key with =, during with &&)
);
alter table claim enable row level security;
alter table claim force row level security;
create policy claim_of_practice on claim using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, update, delete on claim to postern_app;
create index claim_owner on claim (practice_id, owner_kind, owner_id);
comment on column claim.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column claim.resource_key is 'phi:none; retention:until released; purpose:connection and resource, e.g. …/op:4';
comment on column claim.during is 'phi:none; retention:until released; purpose:time that is kept';
comment on column claim.owner_kind is 'phi:none; retention:until released; purpose:who keeps it';
comment on column claim.owner_id is 'phi:none; retention:until released; purpose:who keeps it';
comment on column claim.confirmed is 'phi:none; retention:until released; purpose:kept by an appointment that was read back';
comment on column claim.expires_at is 'phi:none; retention:until released; purpose:end of a hold; null for an intent';

create table booking_intent (
  practice_id uuid not null,
  intent_id uuid not null,
  kind text not null check (kind in ('book', 'move', 'cancel', 'create-patient')),
  agent_id uuid not null,
  natural_key bytea,
  connection_id uuid not null,
  opening jsonb,
  patient_id text,
  patient bytea,
  target_id text,
  target_start timestamptz,
  emr_ref bytea,
  phase text not null,
  machine jsonb not null,
  version integer not null default 1,
  lease_until timestamptz,
  next_action_at timestamptz,
  result_code text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (practice_id, intent_id)
);
alter table booking_intent enable row level security;
alter table booking_intent force row level security;
create policy booking_intent_of_practice on booking_intent using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, update on booking_intent to postern_app;
create unique index booking_intent_natural on booking_intent (practice_id, natural_key) where natural_key is not null and phase not in ('refused', 'cancelled', 'moved', 'expired');
create index booking_intent_due on booking_intent (next_action_at) where next_action_at is not null;
create index booking_intent_target on booking_intent (practice_id, target_id) where target_id is not null;
comment on column booking_intent.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column booking_intent.intent_id is 'phi:none; retention:6 years; purpose:what we have undertaken; id of the operation';
comment on column booking_intent.kind is 'phi:none; retention:6 years; purpose:which write';
comment on column booking_intent.agent_id is 'phi:none; retention:6 years; purpose:who asked';
comment on column booking_intent.natural_key is 'phi:pseudonym; retention:6 years; purpose:keyed hash of patient, start and visit type';
comment on column booking_intent.connection_id is 'phi:none; retention:6 years; purpose:where';
comment on column booking_intent.opening is 'phi:none; retention:6 years; purpose:the opening that is to be booked';
comment on column booking_intent.patient_id is 'phi:pseudonym; retention:6 years; purpose:whose';
comment on column booking_intent.patient is 'phi:phi; retention:30 days after the end; purpose:sealed demographics of a patient to be created';
comment on column booking_intent.target_id is 'phi:pseudonym; retention:6 years; purpose:FHIR id of the appointment to move or cancel';
comment on column booking_intent.target_start is 'phi:none; retention:6 years; purpose:when the appointment stood at the time of asking';
comment on column booking_intent.emr_ref is 'phi:phi; retention:6 years; purpose:sealed id of what the EMR made of it';
comment on column booking_intent.phase is 'phi:none; retention:6 years; purpose:state of the protocol';
comment on column booking_intent.machine is 'phi:none; retention:6 years; purpose:state of the protocol, no patient data';
comment on column booking_intent.version is 'phi:none; retention:6 years; purpose:compare and set';
comment on column booking_intent.lease_until is 'phi:none; retention:transient; purpose:whose turn it is';
comment on column booking_intent.next_action_at is 'phi:none; retention:transient; purpose:when something is due';
comment on column booking_intent.result_code is 'phi:none; retention:6 years; purpose:failure code of a refusal';
comment on column booking_intent.created_at is 'phi:none; retention:6 years; purpose:evidence';
comment on column booking_intent.updated_at is 'phi:none; retention:6 years; purpose:evidence';

create table request_key (
  practice_id uuid not null,
  key_hash bytea not null,
  fingerprint bytea not null,
  intent_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (practice_id, key_hash)
);
alter table request_key enable row level security;
alter table request_key force row level security;
create policy request_key_of_practice on request_key using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, delete on request_key to postern_app;
create index request_key_created on request_key (practice_id, created_at);
comment on column request_key.practice_id is 'phi:none; retention:24 hours; purpose:tenant';
comment on column request_key.key_hash is 'phi:pseudonym; retention:24 hours; purpose:keyed hash of agent and Idempotency-Key';
comment on column request_key.fingerprint is 'phi:pseudonym; retention:24 hours; purpose:keyed hash of the request, so that a key is not used for another one';
comment on column request_key.intent_id is 'phi:none; retention:24 hours; purpose:whose answer the key hears';
comment on column request_key.created_at is 'phi:none; retention:24 hours; purpose:end of the retention';

create table booking_attempt (
  practice_id uuid not null,
  intent_id uuid not null,
  epoch integer not null,
  event text not null check (event in ('sending', 'outcome')),
  marker text not null,
  code text,
  at timestamptz not null,
  primary key (practice_id, intent_id, epoch, event)
);
alter table booking_attempt enable row level security;
alter table booking_attempt force row level security;
create policy booking_attempt_of_practice on booking_attempt using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert on booking_attempt to postern_app;
comment on column booking_attempt.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column booking_attempt.intent_id is 'phi:none; retention:6 years; purpose:whose attempt';
comment on column booking_attempt.epoch is 'phi:none; retention:6 years; purpose:one send an epoch';
comment on column booking_attempt.event is 'phi:none; retention:6 years; purpose:before and after the send';
comment on column booking_attempt.marker is 'phi:none; retention:6 years; purpose:what was left in the EMR';
comment on column booking_attempt.code is 'phi:none; retention:6 years; purpose:outcome';
comment on column booking_attempt.at is 'phi:none; retention:6 years; purpose:evidence';

create table queue_entry (
  practice_id uuid not null,
  entry_id uuid not null,
  intent_id uuid,
  reason_code text not null,
  details bytea not null,
  created_at timestamptz not null default now(),
  taken_by text,
  taken_at timestamptz,
  done_by text,
  done_at timestamptz,
  outcome text,
  primary key (practice_id, entry_id)
);
alter table queue_entry enable row level security;
alter table queue_entry force row level security;
create policy queue_entry_of_practice on queue_entry using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, update on queue_entry to postern_app;
create unique index queue_entry_intent on queue_entry (practice_id, intent_id) where intent_id is not null;
comment on column queue_entry.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column queue_entry.entry_id is 'phi:none; retention:6 years; purpose:what staff must finish';
comment on column queue_entry.intent_id is 'phi:none; retention:6 years; purpose:where it comes from';
comment on column queue_entry.reason_code is 'phi:none; retention:6 years; purpose:why a person is needed';
comment on column queue_entry.details is 'phi:phi; retention:6 years; purpose:sealed: all that staff need';
comment on column queue_entry.created_at is 'phi:none; retention:6 years; purpose:evidence';
comment on column queue_entry.taken_by is 'phi:none; retention:6 years; purpose:person of the practice';
comment on column queue_entry.taken_at is 'phi:none; retention:6 years; purpose:evidence';
comment on column queue_entry.done_by is 'phi:none; retention:6 years; purpose:person of the practice';
comment on column queue_entry.done_at is 'phi:none; retention:6 years; purpose:evidence';
comment on column queue_entry.outcome is 'phi:none; retention:6 years; purpose:how it ended';

create table outbox (
  practice_id uuid not null,
  event_id uuid not null,
  type text not null,
  subject jsonb not null,
  created_at timestamptz not null default now(),
  delivered_at timestamptz,
  primary key (practice_id, event_id)
);
alter table outbox enable row level security;
alter table outbox force row level security;
create policy outbox_of_practice on outbox using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select, insert, update on outbox to postern_app;
comment on column outbox.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column outbox.event_id is 'phi:none; retention:30 days; purpose:what happened';
comment on column outbox.type is 'phi:none; retention:30 days; purpose:event type';
comment on column outbox.subject is 'phi:pseudonym; retention:30 days; purpose:ids only';
comment on column outbox.created_at is 'phi:none; retention:30 days; purpose:order';
comment on column outbox.delivered_at is 'phi:none; retention:30 days; purpose:done';

-- Before the practice is known: functions of a role of its own, which sees rows of all practices and gives out ids only.
create policy agent_dispatch on agent for select to postern_dispatch using (true);
create policy practice_dispatch on practice for select to postern_dispatch using (true);
create policy booking_intent_dispatch on booking_intent for select to postern_dispatch using (true);
create policy connection_dispatch on connection for select to postern_dispatch using (true);
create policy hold_dispatch on hold for select to postern_dispatch using (true);
grant select (practice_id, agent_id, client_id) on agent to postern_dispatch;
grant select (practice_id, disabled_at) on practice to postern_dispatch;
grant select (practice_id, connection_id, state, disabled_at) on connection to postern_dispatch;
grant select (practice_id, intent_id, connection_id, phase, lease_until, next_action_at) on booking_intent to postern_dispatch;
grant select (practice_id, hold_id, expires_at, ended_at) on hold to postern_dispatch;

create function practice_ids() returns table (practice_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic select p.practice_id from postern.practice p order by 1; end;
create function agent_of_client(client text) returns table (practice_id uuid, agent_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic select a.practice_id, a.agent_id from postern.agent a where a.client_id = client; end;
create function due_intents(due_by timestamptz, most integer) returns table (practice_id uuid, intent_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select i.practice_id, i.intent_id from postern.booking_intent i
    where i.next_action_at <= due_by and (i.lease_until is null or i.lease_until <= due_by)
      -- What nobody can work on now would only stand in the way of the others.
      and exists (select from postern.practice p where p.practice_id = i.practice_id and p.disabled_at is null)
      and exists (
        select from postern.connection c
        where c.practice_id = i.practice_id and c.connection_id = i.connection_id
          and c.disabled_at is null and c.state in ('connected', 'degraded'))
    order by i.next_action_at limit most;
  end;
create function expired_holds(due_by timestamptz, most integer) returns table (practice_id uuid, hold_id text)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select h.practice_id, h.hold_id from postern.hold h
    where h.ended_at is null and h.expires_at <= due_by order by h.expires_at limit most;
  end;
grant create on schema postern to postern_dispatch;
alter function practice_ids() owner to postern_dispatch;
alter function agent_of_client(text) owner to postern_dispatch;
alter function due_intents(timestamptz, integer) owner to postern_dispatch;
alter function expired_holds(timestamptz, integer) owner to postern_dispatch;
revoke create on schema postern from postern_dispatch;
revoke execute on function practice_ids(), agent_of_client(text), due_intents(timestamptz, integer), expired_holds(timestamptz, integer) from public;
grant execute on function practice_ids(), agent_of_client(text), due_intents(timestamptz, integer), expired_holds(timestamptz, integer) to postern_app;

-- What belongs to no practice.
create table operator_action (
  action_id uuid primary key,
  at timestamptz not null default now(),
  person text not null,
  command text not null,
  subject text,
  outcome text not null
);
grant select, insert on operator_action to postern_app;
comment on column operator_action.action_id is 'phi:none; retention:6 years; purpose:evidence';
comment on column operator_action.at is 'phi:none; retention:6 years; purpose:evidence';
comment on column operator_action.person is 'phi:none; retention:6 years; purpose:who used the command line';
comment on column operator_action.command is 'phi:none; retention:6 years; purpose:which command';
comment on column operator_action.subject is 'phi:none; retention:6 years; purpose:id it was about';
comment on column operator_action.outcome is 'phi:none; retention:6 years; purpose:done or the failure code';

create table rate_limit (
  key text primary key,
  points integer not null default 0,
  expire bigint
);
grant select, insert, update, delete on rate_limit to postern_app;
comment on column rate_limit.key is 'phi:none; retention:minutes; purpose:keyed hash of what is limited';
comment on column rate_limit.points is 'phi:none; retention:minutes; purpose:uses so far';
comment on column rate_limit.expire is 'phi:none; retention:minutes; purpose:end of the window, milliseconds since the epoch';
