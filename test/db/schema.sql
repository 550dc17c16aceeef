-- Schema postern as the migrations leave it. Made by `npm run schema:dump`; a test compares.

create table agent (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  agent_id uuid not null, -- phi:none; retention:6 years; purpose:who acted
  client_id text not null, -- phi:none; retention:agent life; purpose:OAuth client_id
  name text not null, -- phi:none; retention:agent life; purpose:shown to staff
  owner text not null, -- phi:none; retention:6 years; purpose:person or company answerable for the agent
  auth_method text not null, -- phi:none; retention:agent life; purpose:token_endpoint_auth_method
  secret_hash bytea, -- phi:secret; retention:agent life; purpose:SHA-256 over client id and client secret (32 random bytes)
  previous_secret_hash bytea, -- phi:secret; retention:until rotation ends; purpose:second valid secret while rotating
  previous_secret_until timestamp with time zone, -- phi:none; retention:until rotation ends; purpose:end of the rotation
  jwks jsonb, -- phi:none; retention:agent life; purpose:public keys of private_key_jwt
  scope text not null, -- phi:none; retention:agent life; purpose:scopes the agent may ask for
  expires_at timestamp with time zone not null, -- phi:none; retention:agent life; purpose:no agent lives for ever
  disabled_at timestamp with time zone, -- phi:none; retention:agent life; purpose:when access ended
  last_used_at timestamp with time zone, -- phi:none; retention:agent life; purpose:unused agents are disabled
  created_at timestamp with time zone not null default now(), -- phi:none; retention:agent life; purpose:evidence
  constraint agent_auth_method_check CHECK ((auth_method = ANY (ARRAY['client_secret_basic'::text, 'client_secret_post'::text, 'private_key_jwt'::text]))),
  constraint agent_client_id_key UNIQUE (client_id),
  constraint agent_pkey PRIMARY KEY (practice_id, agent_id),
);
alter table agent enable row level security;
alter table agent force row level security;
create policy agent_dispatch on agent for select to postern_dispatch using true;
create policy agent_of_practice on agent for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select, update on agent to postern_app;
grant select (practice_id, agent_id, client_id) on agent to postern_dispatch;

create table application_budget (
  application text not null, -- phi:none; retention:for ever; purpose:adapter, host and client id: whose calls the EMR counts together
  state jsonb, -- phi:none; retention:one window; purpose:calls counted in the window; practices stand in it by a hash, for as long as they ask
  updated_at timestamp with time zone not null, -- phi:none; retention:for ever; purpose:when it was last asked
  constraint application_budget_pkey PRIMARY KEY (application),
);
grant insert, select on application_budget to postern_app;
grant update (state, updated_at) on application_budget to postern_app;

create table appointment_link (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  appointment_id text not null, -- phi:pseudonym; retention:6 years; purpose:FHIR id of the Appointment
  connection_id uuid not null, -- phi:none; retention:6 years; purpose:where it is booked
  emr_id bytea not null, -- phi:phi; retention:6 years; purpose:sealed id in the EMR
  emr_id_index bytea not null, -- phi:pseudonym; retention:6 years; purpose:keyed index of the id in the EMR
  patient_id text, -- phi:pseudonym; retention:6 years; purpose:whose it is
  created_at timestamp with time zone not null default now(), -- phi:none; retention:6 years; purpose:evidence
  constraint appointment_link_pkey PRIMARY KEY (practice_id, appointment_id),
  constraint appointment_link_practice_id_connection_id_emr_id_index_key UNIQUE (practice_id, connection_id, emr_id_index),
);
alter table appointment_link enable row level security;
alter table appointment_link force row level security;
create policy appointment_link_of_practice on appointment_link for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select on appointment_link to postern_app;
grant update (emr_id) on appointment_link to postern_app;

create table audit_event (
  practice_id uuid not null, -- phi:none; retention:6 years, no delete path exists; purpose:tenant
  seq bigint not null, -- phi:none; retention:6 years, no delete path exists; purpose:place in the practice's chain, without a gap
  id uuid not null, -- phi:none; retention:6 years, no delete path exists; purpose:names the event elsewhere
  at timestamp with time zone not null, -- phi:none; retention:6 years, no delete path exists; purpose:when
  actor text not null, -- phi:none; retention:6 years, no delete path exists; purpose:who: agent:id, operator:name, system:job
  on_behalf_of text, -- phi:none; retention:6 years, no delete path exists; purpose:for whom
  action text not null, -- phi:none; retention:6 years, no delete path exists; purpose:what was done, of a closed vocabulary
  resource_type text not null, -- phi:none; retention:6 years, no delete path exists; purpose:what it was done to
  resource_id text, -- phi:pseudonym; retention:6 years, no delete path exists; purpose:our id of what it was done to
  patient_link text, -- phi:pseudonym; retention:6 years, no delete path exists; purpose:our id of the patient, for accounting of disclosures
  outcome text not null, -- phi:none; retention:6 years, no delete path exists; purpose:how it ended
  reason text, -- phi:none; retention:6 years, no delete path exists; purpose:failure code of what did not succeed
  origin text not null, -- phi:none; retention:6 years, no delete path exists; purpose:network address of the caller, or the entrance
  request_id text, -- phi:none; retention:6 years, no delete path exists; purpose:ties events and log lines of one request
  prev_hash bytea not null, -- phi:none; retention:6 years, no delete path exists; purpose:hash of the event before
  hash bytea not null, -- phi:none; retention:6 years, no delete path exists; purpose:SHA-256 over all other columns
  constraint audit_event_action_check CHECK ((action ~ '^[a-z-]{1,40}[.][a-z-]{1,40}$'::text)),
  constraint audit_event_actor_check CHECK ((actor ~ '^(agent|operator|system):[^[:cntrl:]]{1,128}$'::text)),
  constraint audit_event_on_behalf_of_check CHECK ((on_behalf_of ~ '^(agent|operator|system):[^[:cntrl:]]{1,128}$'::text)),
  constraint audit_event_origin_check CHECK ((origin ~ '^[A-Za-z0-9.:/%_-]{1,64}$'::text)),
  constraint audit_event_outcome_check CHECK ((outcome = ANY (ARRAY['success'::text, 'refused'::text, 'failed'::text, 'pending'::text]))),
  constraint audit_event_patient_link_check CHECK ((patient_link ~ '^[A-Za-z0-9.-]{1,64}$'::text)),
  constraint audit_event_pkey PRIMARY KEY (practice_id, seq),
  constraint audit_event_reason_check CHECK ((reason ~ '^[a-z-]{1,40}$'::text)),
  constraint audit_event_request_id_check CHECK ((request_id ~ '^[A-Za-z0-9._-]{1,64}$'::text)),
  constraint audit_event_resource_id_check CHECK ((resource_id ~ '^[A-Za-z0-9.-]{1,64}$'::text)),
  constraint audit_event_resource_type_check CHECK ((resource_type ~ '^[A-Za-z]{1,64}$'::text)),
);
alter table audit_event enable row level security;
alter table audit_event force row level security;
create policy audit_event_of_practice on audit_event for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
CREATE TRIGGER chain_audit_event BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION chain_audit_event();
grant select on audit_event to postern_app;
grant insert (practice_id, id, at, actor, on_behalf_of, action, resource_type, resource_id, patient_link, outcome, reason, origin, request_id) on audit_event to postern_app;

create table audit_head (
  practice_id uuid not null, -- phi:none; retention:6 years; purpose:tenant
  seq bigint not null, -- phi:none; retention:6 years; purpose:number of the newest event
  hash bytea not null, -- phi:none; retention:6 years; purpose:hash of the newest event
  constraint audit_head_pkey PRIMARY KEY (practice_id),
);
alter table audit_head enable row level security;
alter table audit_head force row level security;
create policy audit_head_dispatch on audit_head for select to postern_dispatch using true;
create policy audit_head_of_practice on audit_head for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select on audit_head to postern_app;
grant select (practice_id, seq) on audit_head to postern_dispatch;

create table authorization_request (
  practice_id uuid not null, -- phi:none; retention:30 days; purpose:tenant
  request_id uuid not null, -- phi:none; retention:30 days; purpose:one way to the EMR and back
  link_id uuid not null, -- phi:none; retention:30 days; purpose:by which link it began
  context text not null, -- phi:none; retention:30 days; purpose:the only callback address that may finish it
  state_hash bytea not null, -- phi:none; retention:30 days; purpose:SHA-256 of state, 256 random bits
  session_hash bytea not null, -- phi:none; retention:30 days; purpose:the only browser that may finish it
  pending bytea, -- phi:secret; retention:until consumed or expired; purpose:sealed issuer, redirect address and PKCE verifier
  scopes text[] not null, -- phi:none; retention:30 days; purpose:what was asked
  settings jsonb not null, -- phi:none; retention:30 days; purpose:settings of the adapter that the practice chose
  expires_at timestamp with time zone not null, -- phi:none; retention:30 days; purpose:end of its life
  consumed_at timestamp with time zone, -- phi:none; retention:30 days; purpose:a state works once
  outcome jsonb, -- phi:none; retention:30 days; purpose:codes and scopes for the page that tells how it went
  created_at timestamp with time zone not null, -- phi:none; retention:30 days; purpose:evidence
  constraint authorization_request_pkey PRIMARY KEY (practice_id, request_id),
);
CREATE INDEX authorization_request_by_state ON authorization_request USING btree (state_hash);
alter table authorization_request enable row level security;
alter table authorization_request force row level security;
create policy authorization_request_dispatch on authorization_request for select to postern_dispatch using true;
create policy authorization_request_of_practice on authorization_request for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant delete, insert, select on authorization_request to postern_app;
grant select (practice_id, request_id, state_hash) on authorization_request to postern_dispatch;
grant update (pending, consumed_at, outcome) on authorization_request to postern_app;

create table base_approval (
  practice_id uuid not null, -- phi:none; retention:practice life, 30 days where nobody approves it; purpose:tenant
  approval_id uuid not null, -- phi:none; retention:practice life, 30 days where nobody approves it; purpose:names it in the trail
  adapter text not null, -- phi:none; retention:practice life, 30 days where nobody approves it; purpose:folder of the adapter
  kind text not null, -- phi:none; retention:practice life, 30 days where nobody approves it; purpose:what the practice's mode allows
  origin text not null, -- phi:none; retention:practice life, 30 days where nobody approves it; purpose:the address as the practice named it, without the adapter's own path
  metadata jsonb not null, -- phi:none; retention:practice life, 30 days where nobody approves it; purpose:issuer and endpoints found there when it was named
  asked_at timestamp with time zone not null, -- phi:none; retention:practice life, 30 days where nobody approves it; purpose:evidence
  context text, -- phi:none; retention:practice life; purpose:our registration there, once approved
  decided_by text, -- phi:none; retention:practice life; purpose:person of the operator who approved it
  decided_at timestamp with time zone, -- phi:none; retention:practice life; purpose:evidence
  reason text, -- phi:none; retention:practice life; purpose:why, in that person's words
  constraint base_approval_check CHECK ((((decided_at IS NULL) = (context IS NULL)) AND ((decided_at IS NULL) = (decided_by IS NULL)))),
  constraint base_approval_kind_check CHECK ((kind = ANY (ARRAY['vendor'::text, 'vendor-sandbox'::text, 'simulator'::text]))),
  constraint base_approval_pkey PRIMARY KEY (practice_id, approval_id),
  constraint base_approval_practice_id_adapter_origin_key UNIQUE (practice_id, adapter, origin),
);
alter table base_approval enable row level security;
alter table base_approval force row level security;
create policy base_approval_dispatch on base_approval for select to postern_dispatch using true;
create policy base_approval_of_practice on base_approval for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant delete, insert, select on base_approval to postern_app;
grant select (practice_id, approval_id, decided_at) on base_approval to postern_dispatch;
grant update (metadata, asked_at, context, decided_by, decided_at, reason) on base_approval to postern_app;

create table booking_attempt (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  intent_id uuid not null, -- phi:none; retention:6 years; purpose:whose attempt
  epoch integer not null, -- phi:none; retention:6 years; purpose:one send an epoch
  event text not null, -- phi:none; retention:6 years; purpose:before and after the send
  marker text not null, -- phi:none; retention:6 years; purpose:what was left in the EMR
  code text, -- phi:none; retention:6 years; purpose:outcome
  at timestamp with time zone not null, -- phi:none; retention:6 years; purpose:evidence
  constraint booking_attempt_event_check CHECK ((event = ANY (ARRAY['sending'::text, 'outcome'::text]))),
  constraint booking_attempt_pkey PRIMARY KEY (practice_id, intent_id, epoch, event),
);
alter table booking_attempt enable row level security;
alter table booking_attempt force row level security;
create policy booking_attempt_of_practice on booking_attempt for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select on booking_attempt to postern_app;

create table booking_intent (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  intent_id uuid not null, -- phi:none; retention:6 years; purpose:what we have undertaken; id of the operation
  kind text not null, -- phi:none; retention:6 years; purpose:which write
  agent_id uuid not null, -- phi:none; retention:6 years; purpose:who asked
  natural_key bytea, -- phi:pseudonym; retention:6 years; purpose:keyed hash of patient, start and visit type
  connection_id uuid not null, -- phi:none; retention:6 years; purpose:where
  opening jsonb, -- phi:none; retention:6 years; purpose:the opening that is to be booked
  patient_id text, -- phi:pseudonym; retention:6 years; purpose:whose
  patient bytea, -- phi:phi; retention:30 days after the end; purpose:sealed demographics of a patient to be created
  target_id text, -- phi:pseudonym; retention:6 years; purpose:FHIR id of the appointment to move or cancel
  target_start timestamp with time zone, -- phi:none; retention:6 years; purpose:when the appointment stood at the time of asking
  emr_ref bytea, -- phi:phi; retention:6 years; purpose:sealed id of what the EMR made of it
  phase text not null, -- phi:none; retention:6 years; purpose:state of the protocol
  machine jsonb not null, -- phi:none; retention:6 years; purpose:state of the protocol, no patient data
  version integer not null default 1, -- phi:none; retention:6 years; purpose:compare and set
  lease_until timestamp with time zone, -- phi:none; retention:transient; purpose:whose turn it is
  next_action_at timestamp with time zone, -- phi:none; retention:transient; purpose:when something is due
  result_code text, -- phi:none; retention:6 years; purpose:failure code of a refusal
  created_at timestamp with time zone not null default now(), -- phi:none; retention:6 years; purpose:evidence
  updated_at timestamp with time zone not null default now(), -- phi:none; retention:6 years; purpose:evidence
  constraint booking_intent_kind_check CHECK ((kind = ANY (ARRAY['book'::text, 'move'::text, 'cancel'::text, 'create-patient'::text]))),
  constraint booking_intent_pkey PRIMARY KEY (practice_id, intent_id),
);
CREATE INDEX booking_intent_due ON booking_intent USING btree (next_action_at) WHERE (next_action_at IS NOT NULL);
CREATE INDEX booking_intent_target ON booking_intent USING btree (practice_id, target_id) WHERE (target_id IS NOT NULL);
CREATE UNIQUE INDEX booking_intent_natural ON booking_intent USING btree (practice_id, natural_key) WHERE ((natural_key IS NOT NULL) AND (phase <> ALL (ARRAY['refused'::text, 'cancelled'::text, 'moved'::text, 'expired'::text])));
alter table booking_intent enable row level security;
alter table booking_intent force row level security;
create policy booking_intent_dispatch on booking_intent for select to postern_dispatch using true;
create policy booking_intent_of_practice on booking_intent for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select, update on booking_intent to postern_app;
grant select (practice_id, intent_id, connection_id, phase, lease_until, next_action_at) on booking_intent to postern_dispatch;

create table change_feed (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  connection_id uuid not null, -- phi:none; retention:practice life; purpose:which account is asked what changed
  asked_until timestamp with time zone not null, -- phi:none; retention:practice life; purpose:when the last asking began whose hints were kept
  next_ask_at timestamp with time zone not null, -- phi:none; retention:transient; purpose:when it is asked next; who asks puts it off before
  failures integer not null default 0, -- phi:none; retention:transient; purpose:askings that failed in a row, for the back-off
  constraint change_feed_failures_check CHECK ((failures >= 0)),
  constraint change_feed_pkey PRIMARY KEY (practice_id, connection_id),
);
alter table change_feed enable row level security;
alter table change_feed force row level security;
create policy change_feed_dispatch on change_feed for select to postern_dispatch using true;
create policy change_feed_of_practice on change_feed for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select on change_feed to postern_app;
grant select (practice_id, connection_id, next_ask_at) on change_feed to postern_dispatch;
grant update (asked_until, next_ask_at, failures) on change_feed to postern_app;

create table change_hint (
  practice_id uuid not null, -- phi:none; retention:until looked at, 7 days at most; purpose:tenant
  hint_id uuid not null, -- phi:none; retention:until looked at, 7 days at most; purpose:names it
  connection_id uuid not null, -- phi:none; retention:until looked at, 7 days at most; purpose:in which account something changed
  appointment_id text not null, -- phi:pseudonym; retention:until looked at, 7 days at most; purpose:FHIR id of the appointment that is said to have changed
  noted_at timestamp with time zone not null, -- phi:none; retention:until looked at, 7 days at most; purpose:when it was last said
  look_at timestamp with time zone not null, -- phi:none; retention:until looked at, 7 days at most; purpose:when it is to be looked at; a worker puts it off before it begins
  failures integer not null default 0, -- phi:none; retention:until looked at, 7 days at most; purpose:looks that failed in a row, for the back-off
  constraint change_hint_failures_check CHECK ((failures >= 0)),
  constraint change_hint_pkey PRIMARY KEY (practice_id, hint_id),
  constraint change_hint_practice_id_appointment_id_key UNIQUE (practice_id, appointment_id),
);
CREATE INDEX change_hint_due ON change_hint USING btree (look_at);
alter table change_hint enable row level security;
alter table change_hint force row level security;
create policy change_hint_dispatch on change_hint for select to postern_dispatch using true;
create policy change_hint_of_practice on change_hint for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant delete, insert, select on change_hint to postern_app;
grant select (practice_id, hint_id, connection_id, look_at) on change_hint to postern_dispatch;
grant update (noted_at, look_at, failures) on change_hint to postern_app;

create table claim (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  resource_key text not null, -- phi:none; retention:until released; purpose:connection and resource, e.g. …/op:4
  during tstzrange not null, -- phi:none; retention:until released; purpose:time that is kept
  owner_kind text not null, -- phi:none; retention:until released; purpose:who keeps it
  owner_id text not null, -- phi:none; retention:until released; purpose:who keeps it
  confirmed boolean not null default false, -- phi:none; retention:until released; purpose:kept by an appointment that was read back
  expires_at timestamp with time zone, -- phi:none; retention:until released; purpose:end of a hold; null for an intent
  constraint claim_once EXCLUDE USING gist (practice_id WITH =, resource_key WITH =, during WITH &&),
  constraint claim_owner_kind_check CHECK ((owner_kind = ANY (ARRAY['hold'::text, 'intent'::text]))),
);
CREATE INDEX claim_owner ON claim USING btree (practice_id, owner_kind, owner_id);
alter table claim enable row level security;
alter table claim force row level security;
create policy claim_of_practice on claim for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant delete, insert, select, update on claim to postern_app;

create table connect_link (
  practice_id uuid not null, -- phi:none; retention:30 days; purpose:tenant
  link_id uuid not null, -- phi:none; retention:30 days; purpose:names it in the trail
  token_hash bytea not null, -- phi:none; retention:30 days; purpose:SHA-256 of the 256 random bits in its address
  code_hash bytea not null, -- phi:secret; retention:30 days; purpose:hash under the practice's key of the one-time code that is sent apart
  wrong_codes integer not null default 0, -- phi:none; retention:30 days; purpose:five wrong codes end it
  connection_id uuid not null, -- phi:none; retention:30 days; purpose:the connection that it makes or renews
  adapter text not null, -- phi:none; retention:30 days; purpose:folder of the adapter
  kind text not null, -- phi:none; retention:30 days; purpose:what the practice's mode allows
  origin text, -- phi:none; retention:30 days; purpose:the EMR's address; null until the practice has named it
  context text, -- phi:none; retention:30 days; purpose:our registration there; null for a key, or until it is approved
  made_by text not null, -- phi:none; retention:30 days; purpose:person who made it
  expires_at timestamp with time zone not null, -- phi:none; retention:30 days; purpose:end of its life
  session_hash bytea, -- phi:none; retention:30 days; purpose:SHA-256 of the 256 random bits that the browser holds which entered the code
  ended_at timestamp with time zone, -- phi:none; retention:30 days; purpose:it connected, was guessed at, or its connection was disconnected or disabled
  end_code text, -- phi:none; retention:30 days; purpose:why it ended
  created_at timestamp with time zone not null, -- phi:none; retention:30 days; purpose:evidence
  settings jsonb not null default '{}'::jsonb, -- phi:none; retention:30 days; purpose:settings of the adapter that are filled in on its page
  constraint connect_link_check CHECK (((ended_at IS NULL) = (end_code IS NULL))),
  constraint connect_link_end_code_check CHECK ((end_code = ANY (ARRAY['used'::text, 'codes'::text, 'withdrawn'::text]))),
  constraint connect_link_kind_check CHECK ((kind = ANY (ARRAY['vendor'::text, 'vendor-sandbox'::text, 'simulator'::text]))),
  constraint connect_link_pkey PRIMARY KEY (practice_id, link_id),
  constraint connect_link_wrong_codes_check CHECK (((wrong_codes >= 0) AND (wrong_codes <= 5))),
);
CREATE INDEX connect_link_by_session ON connect_link USING btree (session_hash) WHERE (session_hash IS NOT NULL);
CREATE INDEX connect_link_by_token ON connect_link USING btree (token_hash);
alter table connect_link enable row level security;
alter table connect_link force row level security;
create policy connect_link_dispatch on connect_link for select to postern_dispatch using true;
create policy connect_link_of_practice on connect_link for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant delete, insert, select on connect_link to postern_app;
grant select (practice_id, link_id, token_hash, session_hash) on connect_link to postern_dispatch;
grant update (wrong_codes, origin, context, session_hash, ended_at, end_code) on connect_link to postern_app;

create table connection (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  connection_id uuid not null, -- phi:none; retention:practice life; purpose:account of the practice at one EMR
  adapter text not null, -- phi:none; retention:practice life; purpose:folder of the adapter
  kind text not null, -- phi:none; retention:practice life; purpose:simulators are refused in production
  origin text not null, -- phi:none; retention:practice life; purpose:exact origin and base path of the EMR
  secrets bytea, -- phi:secret; retention:until disconnected; purpose:sealed JSON of the credentials
  secrets_version integer not null default 0, -- phi:none; retention:until disconnected; purpose:part of the seal
  settings jsonb not null default '{}'::jsonb, -- phi:none; retention:practice life; purpose:settings of the adapter
  state text not null default 'connected'::text, -- phi:none; retention:practice life; purpose:health by evidence
  state_since timestamp with time zone not null default now(), -- phi:none; retention:practice life; purpose:health by evidence
  reason_code text, -- phi:none; retention:practice life; purpose:why the state is not connected
  last_success_at timestamp with time zone, -- phi:none; retention:practice life; purpose:health by evidence
  next_free_at timestamp with time zone, -- phi:none; retention:transient; purpose:pace: when the next request may leave
  disabled_at timestamp with time zone, -- phi:none; retention:practice life; purpose:when access ended
  created_at timestamp with time zone not null default now(), -- phi:none; retention:practice life; purpose:evidence
  can_write boolean not null default true, -- phi:none; retention:practice life; purpose:false where the grant reads only; bookings go to people then
  learned jsonb not null default '{}'::jsonb, -- phi:none; retention:practice life; purpose:what probes found out about the server, over the settings
  latency_ms integer, -- phi:none; retention:practice life; purpose:health: recent time of one request, milliseconds
  requests_today integer not null default 0, -- phi:none; retention:practice life; purpose:health: requests sent on requests_day
  requests_day date, -- phi:none; retention:practice life; purpose:health: UTC day that requests_today counts
  constraint connection_kind_check CHECK ((kind = ANY (ARRAY['vendor'::text, 'vendor-sandbox'::text, 'simulator'::text]))),
  constraint connection_latency_ms_check CHECK ((latency_ms >= 0)),
  constraint connection_pkey PRIMARY KEY (practice_id, connection_id),
  constraint connection_requests_today_check CHECK ((requests_today >= 0)),
  constraint connection_state_check CHECK ((state = ANY (ARRAY['connected'::text, 'degraded'::text, 'needs_reconsent'::text, 'disconnected'::text]))),
);
CREATE INDEX connection_at_address ON connection USING btree (adapter, origin);
CREATE INDEX connection_by_settings ON connection USING gin (((settings || learned)) jsonb_path_ops);
alter table connection enable row level security;
alter table connection force row level security;
create policy connection_dispatch on connection for select to postern_dispatch using true;
create policy connection_of_practice on connection for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select, update on connection to postern_app;
grant select (practice_id, connection_id, adapter, origin, settings, state, disabled_at, learned) on connection to postern_dispatch;

create table consent (
  practice_id uuid not null, -- phi:none; retention:6 years; purpose:tenant
  consent_id uuid not null, -- phi:none; retention:6 years; purpose:in the order of their making
  connection_id uuid not null, -- phi:none; retention:6 years; purpose:to which account
  context text not null, -- phi:none; retention:6 years; purpose:by which registration of ours
  asked text[] not null, -- phi:none; retention:6 years; purpose:scopes that were asked for
  granted text[] not null, -- phi:none; retention:6 years; purpose:scopes that were granted
  verdict text not null, -- phi:none; retention:6 years; purpose:whether bookings can be written
  unverified boolean not null, -- phi:none; retention:6 years; purpose:the EMR named no scope, so that what was asked is taken as granted (RFC 6749 section 5.1)
  consented_at timestamp with time zone not null, -- phi:none; retention:6 years; purpose:evidence
  ended_at timestamp with time zone, -- phi:none; retention:6 years; purpose:when its tokens were destroyed
  revocation text, -- phi:none; retention:6 years; purpose:whether the EMR was told, too (RFC 7009)
  constraint consent_pkey PRIMARY KEY (practice_id, consent_id),
  constraint consent_revocation_check CHECK ((revocation = ANY (ARRAY['revoked'::text, 'not-offered'::text, 'failed'::text]))),
  constraint consent_verdict_check CHECK ((verdict = ANY (ARRAY['full'::text, 'read-only'::text]))),
);
CREATE INDEX consent_by_connection ON consent USING btree (practice_id, connection_id, consent_id);
CREATE INDEX consent_unended ON consent USING btree (context) WHERE (ended_at IS NULL);
alter table consent enable row level security;
alter table consent force row level security;
create policy consent_dispatch on consent for select to postern_dispatch using true;
create policy consent_of_practice on consent for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select on consent to postern_app;
grant select (practice_id, consent_id, connection_id, context, ended_at) on consent to postern_dispatch;
grant update (ended_at, revocation) on consent to postern_app;

create table directory_entry (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  kind text not null, -- phi:none; retention:connection life; purpose:FHIR resource type
  id text not null, -- phi:none; retention:connection life; purpose:FHIR id
  connection_id uuid not null, -- phi:none; retention:connection life; purpose:whose id it is
  vendor_id text not null, -- phi:none; retention:connection life; purpose:id in the EMR
  resource jsonb not null, -- phi:none; retention:connection life; purpose:names of staff and places
  active boolean not null default true, -- phi:none; retention:connection life; purpose:still in the EMR
  seen_at timestamp with time zone not null, -- phi:none; retention:connection life; purpose:age of the entry
  constraint directory_entry_kind_check CHECK ((kind = ANY (ARRAY['Practitioner'::text, 'Location'::text, 'Schedule'::text]))),
  constraint directory_entry_pkey PRIMARY KEY (practice_id, kind, id),
  constraint directory_entry_practice_id_kind_connection_id_vendor_id_key UNIQUE (practice_id, kind, connection_id, vendor_id),
);
alter table directory_entry enable row level security;
alter table directory_entry force row level security;
create policy directory_entry_of_practice on directory_entry for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select, update on directory_entry to postern_app;

create table hold (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  hold_id text not null, -- phi:none; retention:30 days; purpose:FHIR id of the pending Appointment
  opening_id text not null, -- phi:none; retention:30 days; purpose:what is held
  agent_id uuid not null, -- phi:none; retention:30 days; purpose:who holds it
  opening jsonb not null, -- phi:none; retention:30 days; purpose:the opening as it was held
  expires_at timestamp with time zone not null, -- phi:none; retention:30 days; purpose:end of the hold
  ended_at timestamp with time zone, -- phi:none; retention:30 days; purpose:booked, released or expired
  end_code text, -- phi:none; retention:30 days; purpose:booked, released or expired
  created_at timestamp with time zone not null default now(), -- phi:none; retention:30 days; purpose:evidence
  emr_state text, -- phi:none; retention:30 days; purpose:whether the EMR keeps the time too; null where it is not asked
  emr_due_at timestamp with time zone, -- phi:none; retention:30 days; purpose:when the time is to be given back in the EMR
  constraint hold_emr_due CHECK (((emr_state IS NULL) = (emr_due_at IS NULL))),
  constraint hold_emr_state_check CHECK ((emr_state = ANY (ARRAY['asked'::text, 'kept'::text, 'given-back'::text]))),
  constraint hold_pkey PRIMARY KEY (practice_id, hold_id),
);
CREATE INDEX hold_to_give_back ON hold USING btree (emr_due_at) WHERE (emr_state = ANY (ARRAY['asked'::text, 'kept'::text]));
alter table hold enable row level security;
alter table hold force row level security;
create policy hold_dispatch on hold for select to postern_dispatch using true;
create policy hold_of_practice on hold for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant delete, insert, select, update on hold to postern_app;
grant select (practice_id, hold_id, expires_at, ended_at, emr_state, emr_due_at) on hold to postern_dispatch;

create table oauth_registration (
  context text not null, -- phi:none; retention:for ever, never given twice; purpose:part of the redirect address, which is registered there
  adapter text not null, -- phi:none; retention:for ever; purpose:folder of the adapter
  kind text not null, -- phi:none; retention:for ever; purpose:simulators are refused in production, vendors in sandbox practices
  origin text not null, -- phi:none; retention:for ever; purpose:exact origin and base path of the EMR, as in connections
  grant_type text not null, -- phi:none; retention:for ever; purpose:whether a person consents or two systems trust each other
  client_id text not null, -- phi:none; retention:for ever; purpose:OAuth client_id that the EMR gave us
  client_authentication text not null, -- phi:none; retention:for ever; purpose:token_endpoint_auth_method
  client_secret bytea, -- phi:secret; retention:until replaced; purpose:sealed client secret
  private_jwk bytea, -- phi:secret; retention:until replaced; purpose:sealed key that signs client assertions
  public_jwk jsonb, -- phi:none; retention:for ever; purpose:published for the EMR to verify assertions
  scope_dialect text not null, -- phi:none; retention:for ever; purpose:in which grammar its EMR takes scopes
  metadata jsonb not null, -- phi:none; retention:for ever; purpose:pinned issuer and endpoints; a connect finds them unchanged or does not happen
  approved_at timestamp with time zone, -- phi:none; retention:for ever; purpose:before this nothing secret is sent there
  retired_at timestamp with time zone, -- phi:none; retention:for ever; purpose:from here on nobody new connects by it
  created_at timestamp with time zone not null, -- phi:none; retention:for ever; purpose:evidence
  quota_calls integer, -- phi:none; retention:for ever; purpose:calls in a window that were agreed on with the vendor; null where the adapter knows
  constraint oauth_registration_check CHECK (((client_authentication = ANY (ARRAY['client_secret_basic'::text, 'client_secret_post'::text])) = (client_secret IS NOT NULL))),
  constraint oauth_registration_check1 CHECK (((client_authentication = 'private_key_jwt'::text) = ((private_jwk IS NOT NULL) AND (public_jwk IS NOT NULL)))),
  constraint oauth_registration_client_authentication_check CHECK ((client_authentication = ANY (ARRAY['none'::text, 'client_secret_basic'::text, 'client_secret_post'::text, 'private_key_jwt'::text]))),
  constraint oauth_registration_context_check CHECK ((context ~ '^[a-z][a-z0-9-]{1,47}$'::text)),
  constraint oauth_registration_grant_type_check CHECK ((grant_type = ANY (ARRAY['authorization_code'::text, 'client_credentials'::text]))),
  constraint oauth_registration_kind_check CHECK ((kind = ANY (ARRAY['vendor'::text, 'vendor-sandbox'::text, 'simulator'::text]))),
  constraint oauth_registration_pkey PRIMARY KEY (context),
  constraint oauth_registration_quota_calls_check CHECK ((quota_calls > 0)),
  constraint oauth_registration_scope_dialect_check CHECK ((scope_dialect = ANY (ARRAY['v1'::text, 'v2'::text, 'plain'::text]))),
);
grant insert, select on oauth_registration to postern_app;
grant select (context, adapter, origin, client_id) on oauth_registration to postern_dispatch;
grant update (client_secret, private_jwk, public_jwk, metadata, approved_at, retired_at, quota_calls) on oauth_registration to postern_app;

create table oauth_registration_act (
  act_id uuid not null, -- phi:none; retention:for ever; purpose:evidence
  context text not null, -- phi:none; retention:for ever; purpose:which registration
  at timestamp with time zone not null, -- phi:none; retention:for ever; purpose:evidence
  act text not null, -- phi:none; retention:for ever; purpose:what was done to it
  person text not null, -- phi:none; retention:for ever; purpose:who did it
  reason text not null, -- phi:none; retention:for ever; purpose:why, in that person's words
  constraint oauth_registration_act_act_check CHECK ((act = ANY (ARRAY['add'::text, 'approve'::text, 'retire'::text, 'keys'::text, 'quota'::text, 'webhook'::text]))),
  constraint oauth_registration_act_pkey PRIMARY KEY (act_id),
);
grant insert, select on oauth_registration_act to postern_app;

create table opening (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  id text not null, -- phi:none; retention:1 day after start; purpose:id of Slot and proposed Appointment
  connection_id uuid not null, -- phi:none; retention:1 day after start; purpose:where it is open
  vendor_key text not null, -- phi:none; retention:1 day after start; purpose:what identifies it in the EMR
  claims text[] not null, -- phi:none; retention:1 day after start; purpose:resources that must be free together
  during tstzrange not null, -- phi:none; retention:1 day after start; purpose:start and end
  minutes integer not null, -- phi:none; retention:1 day after start; purpose:length in minutes
  visit_type text not null, -- phi:none; retention:1 day after start; purpose:code of the visit type
  practitioner text not null, -- phi:none; retention:1 day after start; purpose:id in the EMR
  location text not null, -- phi:none; retention:1 day after start; purpose:id in the EMR
  schedule_id text not null, -- phi:none; retention:1 day after start; purpose:FHIR id of the Schedule
  seen_at timestamp with time zone not null, -- phi:none; retention:1 day after start; purpose:age
  constraint opening_pkey PRIMARY KEY (practice_id, id),
);
CREATE INDEX opening_ended ON opening USING btree (upper(during));
alter table opening enable row level security;
alter table opening force row level security;
create policy opening_of_practice on opening for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant delete, insert, select, update on opening to postern_app;

create table operator_action (
  action_id uuid not null, -- phi:none; retention:6 years; purpose:evidence
  at timestamp with time zone not null default now(), -- phi:none; retention:6 years; purpose:evidence
  person text not null, -- phi:none; retention:6 years; purpose:who used the command line
  command text not null, -- phi:none; retention:6 years; purpose:which command
  subject text, -- phi:none; retention:6 years; purpose:id it was about
  outcome text not null, -- phi:none; retention:6 years; purpose:done or the failure code
  constraint operator_action_pkey PRIMARY KEY (action_id),
);
grant insert, select on operator_action to postern_app;

create table outbox (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  event_id uuid not null, -- phi:none; retention:30 days; purpose:what happened
  type text not null, -- phi:none; retention:30 days; purpose:event type
  subject jsonb not null, -- phi:pseudonym; retention:30 days; purpose:ids only
  created_at timestamp with time zone not null default now(), -- phi:none; retention:30 days; purpose:order
  delivered_at timestamp with time zone, -- phi:none; retention:30 days; purpose:done
  constraint outbox_pkey PRIMARY KEY (practice_id, event_id),
);
alter table outbox enable row level security;
alter table outbox force row level security;
create policy outbox_of_practice on outbox for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select, update on outbox to postern_app;

create table patient_link (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  patient_id text not null, -- phi:pseudonym; retention:practice life; purpose:random FHIR id of the patient
  connection_id uuid not null, -- phi:none; retention:practice life; purpose:whose patient
  emr_id bytea not null, -- phi:phi; retention:practice life; purpose:sealed id in the EMR
  emr_id_index bytea not null, -- phi:pseudonym; retention:practice life; purpose:keyed index of the id in the EMR
  created_at timestamp with time zone not null default now(), -- phi:none; retention:practice life; purpose:evidence
  constraint patient_link_pkey PRIMARY KEY (practice_id, patient_id),
  constraint patient_link_practice_id_connection_id_emr_id_index_key UNIQUE (practice_id, connection_id, emr_id_index),
);
alter table patient_link enable row level security;
alter table patient_link force row level security;
create policy patient_link_of_practice on patient_link for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select on patient_link to postern_app;
grant update (emr_id) on patient_link to postern_app;

create table practice (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  name text not null, -- phi:none; retention:practice life; purpose:shown to staff and agents
  time_zone text not null, -- phi:none; retention:practice life; purpose:IANA zone of local dates
  phone text, -- phi:none; retention:practice life; purpose:told to callers when the machine cannot help
  mode text not null, -- phi:none; retention:practice life; purpose:sandbox never meets a real EMR
  booking_mode text not null default 'live'::text, -- phi:none; retention:practice life; purpose:whether agents may book
  baa jsonb, -- phi:none; retention:6 years after practice life; purpose:version, sha256, signer, signedAt of the business associate agreement
  disabled_at timestamp with time zone, -- phi:none; retention:practice life; purpose:when access ended
  created_at timestamp with time zone not null default now(), -- phi:none; retention:practice life; purpose:evidence
  constraint practice_booking_mode_check CHECK ((booking_mode = ANY (ARRAY['off'::text, 'queue_only'::text, 'live'::text]))),
  constraint practice_mode_check CHECK ((mode = ANY (ARRAY['sandbox'::text, 'live'::text]))),
  constraint practice_pkey PRIMARY KEY (practice_id),
);
alter table practice enable row level security;
alter table practice force row level security;
create policy practice_dispatch on practice for select to postern_dispatch using true;
create policy practice_of_practice on practice for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select, update on practice to postern_app;
grant select (practice_id, disabled_at) on practice to postern_dispatch;

create table practice_key (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  dek_id uuid not null, -- phi:none; retention:practice life; purpose:named by every value it sealed
  purpose text not null, -- phi:none; retention:practice life; purpose:seals values or keys blind indexes
  generation integer not null, -- phi:none; retention:practice life; purpose:the newest one writes; one insert wins a race
  kek_version integer not null, -- phi:none; retention:practice life; purpose:which key of the ring wraps it
  wrapped bytea, -- phi:secret; retention:until the practice is erased; purpose:data key under the key encryption key
  seals bigint not null default 0, -- phi:none; retention:practice life; purpose:values sealed, counted ahead; refused at 2^31
  created_at timestamp with time zone not null, -- phi:none; retention:practice life; purpose:when it may write
  destroyed_at timestamp with time zone, -- phi:none; retention:6 years; purpose:proof of erasure
  constraint practice_key_check CHECK (((wrapped IS NULL) = (destroyed_at IS NOT NULL))),
  constraint practice_key_generation_check CHECK ((generation > 0)),
  constraint practice_key_pkey PRIMARY KEY (practice_id, dek_id),
  constraint practice_key_practice_id_purpose_generation_key UNIQUE (practice_id, purpose, generation),
  constraint practice_key_purpose_check CHECK ((purpose = ANY (ARRAY['seal'::text, 'index'::text]))),
);
alter table practice_key enable row level security;
alter table practice_key force row level security;
create policy practice_key_dispatch on practice_key for select to postern_dispatch using true;
create policy practice_key_of_practice on practice_key for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select on practice_key to postern_app;
grant select (practice_id, purpose, kek_version, destroyed_at) on practice_key to postern_dispatch;
grant update (kek_version, wrapped, seals, destroyed_at) on practice_key to postern_app;

create table queue_entry (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  entry_id uuid not null, -- phi:none; retention:6 years; purpose:what staff must finish
  intent_id uuid, -- phi:none; retention:6 years; purpose:where it comes from
  reason_code text not null, -- phi:none; retention:6 years; purpose:why a person is needed
  details bytea not null, -- phi:phi; retention:6 years; purpose:sealed: all that staff need
  created_at timestamp with time zone not null default now(), -- phi:none; retention:6 years; purpose:evidence
  taken_by text, -- phi:none; retention:6 years; purpose:person of the practice
  taken_at timestamp with time zone, -- phi:none; retention:6 years; purpose:evidence
  done_by text, -- phi:none; retention:6 years; purpose:person of the practice
  done_at timestamp with time zone, -- phi:none; retention:6 years; purpose:evidence
  outcome text, -- phi:none; retention:6 years; purpose:how it ended
  constraint queue_entry_pkey PRIMARY KEY (practice_id, entry_id),
);
CREATE UNIQUE INDEX queue_entry_intent ON queue_entry USING btree (practice_id, intent_id) WHERE (intent_id IS NOT NULL);
alter table queue_entry enable row level security;
alter table queue_entry force row level security;
create policy queue_entry_of_practice on queue_entry for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select, update on queue_entry to postern_app;

create table rate_limit (
  key text not null, -- phi:none; retention:minutes; purpose:keyed hash of what is limited
  points integer not null default 0, -- phi:none; retention:minutes; purpose:uses so far
  expire bigint, -- phi:none; retention:minutes; purpose:end of the window, milliseconds since the epoch
  constraint rate_limit_pkey PRIMARY KEY (key),
);
CREATE INDEX rate_limit_by_expiry ON rate_limit USING btree (expire);
grant delete, insert, select, update on rate_limit to postern_app;

create table refresh_attempt (
  practice_id uuid not null, -- phi:none; retention:6 years; purpose:tenant
  connection_id uuid not null, -- phi:none; retention:6 years; purpose:whose grant was used
  from_version integer not null, -- phi:none; retention:6 years; purpose:the version it set out to replace
  attempt_id uuid not null, -- phi:none; retention:6 years; purpose:one request to the token endpoint
  event text not null, -- phi:none; retention:6 years; purpose:before and after the request
  grant_epoch integer not null, -- phi:none; retention:6 years; purpose:the consent it belongs to
  authorization_server text not null, -- phi:none; retention:6 years; purpose:whose limit it counts against
  holder text not null, -- phi:none; retention:6 years; purpose:the process that has the answer, if it lives
  code text, -- phi:none; retention:6 years; purpose:outcome
  at timestamp with time zone not null, -- phi:none; retention:6 years; purpose:evidence
  constraint refresh_attempt_code_check CHECK ((code ~ '^[a-z_-]{1,40}$'::text)),
  constraint refresh_attempt_event_check CHECK ((event = ANY (ARRAY['started'::text, 'ended'::text]))),
  constraint refresh_attempt_holder_check CHECK ((holder ~ '^[A-Za-z0-9:._-]{1,200}$'::text)),
  constraint refresh_attempt_pkey PRIMARY KEY (practice_id, connection_id, from_version, attempt_id, event),
);
CREATE INDEX refresh_attempt_recent ON refresh_attempt USING btree (authorization_server, at) WHERE (event = 'started'::text);
alter table refresh_attempt enable row level security;
alter table refresh_attempt force row level security;
create policy refresh_attempt_dispatch on refresh_attempt for select to postern_dispatch using true;
create policy refresh_attempt_of_practice on refresh_attempt for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select on refresh_attempt to postern_app;
grant select (practice_id, event, authorization_server, at) on refresh_attempt to postern_dispatch;

create table request_key (
  practice_id uuid not null, -- phi:none; retention:24 hours; purpose:tenant
  key_hash bytea not null, -- phi:pseudonym; retention:24 hours; purpose:keyed hash of agent and Idempotency-Key
  fingerprint bytea not null, -- phi:pseudonym; retention:24 hours; purpose:keyed hash of the request, so that a key is not used for another one
  intent_id uuid not null, -- phi:none; retention:24 hours; purpose:whose answer the key hears
  created_at timestamp with time zone not null default now(), -- phi:none; retention:24 hours; purpose:end of the retention
  constraint request_key_pkey PRIMARY KEY (practice_id, key_hash),
);
CREATE INDEX request_key_created ON request_key USING btree (practice_id, created_at);
alter table request_key enable row level security;
alter table request_key force row level security;
create policy request_key_of_practice on request_key for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant delete, insert, select on request_key to postern_app;

create table schema_migration (
  id integer not null default nextval('schema_migration_id_seq'::regclass),
  name character varying(255),
  batch integer,
  migration_time timestamp with time zone,
  constraint schema_migration_pkey PRIMARY KEY (id),
);

create table schema_migration_lock (
  index integer not null default nextval('schema_migration_lock_index_seq'::regclass),
  is_locked integer,
  constraint schema_migration_lock_pkey PRIMARY KEY (index),
);

create table signing_key (
  generation integer not null, -- phi:none; retention:while tokens it signed are accepted; purpose:the highest signs, and only one process can make it
  key_id text not null, -- phi:none; retention:while tokens it signed are accepted; purpose:kid of access tokens, RFC 7638 thumbprint
  public_jwk jsonb not null, -- phi:none; retention:while tokens it signed are accepted; purpose:verifies access tokens, published at jwks_uri
  private_jwk bytea not null, -- phi:secret; retention:while tokens it signed are accepted; purpose:signs access tokens, sealed under the key ring
  created_at timestamp with time zone not null default now(), -- phi:none; retention:while tokens it signed are accepted; purpose:evidence
  constraint signing_key_key_id_key UNIQUE (key_id),
  constraint signing_key_pkey PRIMARY KEY (generation),
);
grant insert, select on signing_key to postern_app;
grant update (private_jwk) on signing_key to postern_app;

create table token (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  connection_id uuid not null, -- phi:none; retention:practice life; purpose:whose tokens
  grant_epoch integer not null, -- phi:none; retention:practice life; purpose:raised by every consent and disconnect; an answer to an older one is dropped
  token_version integer not null, -- phi:none; retention:practice life; purpose:compare and set, part of every seal of the row; never falls
  state text not null, -- phi:none; retention:practice life; purpose:whether there is a grant to use
  authorization_server text not null, -- phi:none; retention:practice life; purpose:whose limit refreshes count against
  at_ct bytea, -- phi:secret; retention:until replaced, refused or disconnected; purpose:sealed access token
  at_issued_at timestamp with time zone, -- phi:none; retention:practice life; purpose:begin of its life
  at_expires_at timestamp with time zone, -- phi:none; retention:practice life; purpose:end of its life
  rt_ct bytea, -- phi:secret; retention:until replaced, refused or disconnected; purpose:sealed refresh token; null where tokens are asked for anew
  prev_rt_ct bytea, -- phi:secret; retention:60 seconds; purpose:sealed refresh token before this one, only where the server takes it for a while
  prev_rt_until timestamp with time zone, -- phi:none; retention:60 seconds; purpose:when the one before is wiped
  granted_scopes text[] not null, -- phi:none; retention:practice life; purpose:what the server granted
  refresh_after timestamp with time zone, -- phi:none; retention:transient; purpose:when the sweep renews it ahead of callers
  not_before timestamp with time zone, -- phi:none; retention:transient; purpose:back-off: nobody asks the server earlier
  failures integer not null default 0, -- phi:none; retention:transient; purpose:failed refreshes in a row, for the back-off
  forced_at timestamp with time zone, -- phi:none; retention:transient; purpose:when a token that looked fresh was replaced last
  refresh_started_at timestamp with time zone, -- phi:none; retention:practice life; purpose:when the last attempt began
  refresh_attempt_id uuid, -- phi:none; retention:practice life; purpose:the last attempt; tells a result that is there from one that is not
  last_error_code text, -- phi:none; retention:practice life; purpose:code of the last failure
  created_at timestamp with time zone not null, -- phi:none; retention:practice life; purpose:evidence
  updated_at timestamp with time zone not null, -- phi:none; retention:practice life; purpose:evidence
  constraint token_check CHECK (((prev_rt_ct IS NULL) = (prev_rt_until IS NULL))),
  constraint token_check1 CHECK (((state = 'active'::text) OR ((at_ct IS NULL) AND (rt_ct IS NULL) AND (prev_rt_ct IS NULL)))),
  constraint token_check2 CHECK (((state <> 'active'::text) OR ((at_ct IS NOT NULL) AND (at_issued_at IS NOT NULL) AND (at_expires_at IS NOT NULL)))),
  constraint token_failures_check CHECK ((failures >= 0)),
  constraint token_grant_epoch_check CHECK ((grant_epoch > 0)),
  constraint token_last_error_code_check CHECK ((last_error_code ~ '^[a-z_-]{1,40}$'::text)),
  constraint token_pkey PRIMARY KEY (practice_id, connection_id),
  constraint token_state_check CHECK ((state = ANY (ARRAY['active'::text, 'needs_reconsent'::text, 'revoked'::text]))),
  constraint token_token_version_check CHECK ((token_version > 0)),
);
CREATE INDEX token_due ON token USING btree (refresh_after) WHERE (state = 'active'::text);
CREATE INDEX token_previous ON token USING btree (prev_rt_until) WHERE (prev_rt_until IS NOT NULL);
alter table token enable row level security;
alter table token force row level security;
create policy token_dispatch on token for select to postern_dispatch using true;
create policy token_of_practice on token for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select, update on token to postern_app;
grant select (practice_id, connection_id, state, authorization_server, prev_rt_until, refresh_after, not_before) on token to postern_dispatch;

create table used_assertion (
  assertion_hash text not null, -- phi:none; retention:minutes; purpose:hash of client and jti of a private_key_jwt assertion that must not come twice
  expires_at timestamp with time zone not null, -- phi:none; retention:minutes; purpose:when the assertion itself has expired
  constraint used_assertion_pkey PRIMARY KEY (assertion_hash),
);
CREATE INDEX used_assertion_by_expiry ON used_assertion USING btree (expires_at);
grant delete, insert, select on used_assertion to postern_app;

create table visit_type (
  practice_id uuid not null, -- phi:none; retention:practice life; purpose:tenant
  code text not null, -- phi:none; retention:practice life; purpose:code of the HealthcareService
  display text not null, -- phi:none; retention:practice life; purpose:words for agents
  minutes integer not null, -- phi:none; retention:practice life; purpose:length of the visit in minutes
  vendor_ref text, -- phi:none; retention:practice life; purpose:the type in the EMR
  practitioners text[] not null default '{}'::text[], -- phi:none; retention:practice life; purpose:directory ids, empty for all
  locations text[] not null default '{}'::text[], -- phi:none; retention:practice life; purpose:directory ids, empty for all
  patients text not null default 'any'::text, -- phi:none; retention:practice life; purpose:who may book it
  mode text not null default 'direct'::text, -- phi:none; retention:practice life; purpose:booked, queued or refused
  is_default boolean not null default false, -- phi:none; retention:practice life; purpose:used by a search without a type
  constraint visit_type_minutes_check CHECK (((minutes >= 5) AND (minutes <= 540))),
  constraint visit_type_mode_check CHECK ((mode = ANY (ARRAY['direct'::text, 'approval'::text, 'off'::text]))),
  constraint visit_type_patients_check CHECK ((patients = ANY (ARRAY['any'::text, 'new'::text, 'existing'::text]))),
  constraint visit_type_pkey PRIMARY KEY (practice_id, code),
);
alter table visit_type enable row level security;
alter table visit_type force row level security;
create policy visit_type_of_practice on visit_type for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant delete, insert, select, update on visit_type to postern_app;

create table webhook (
  context text not null, -- phi:none; retention:for ever; purpose:which registration, and part of the address
  secret bytea not null, -- phi:secret; retention:until replaced; purpose:sealed secret by which the EMR's calls are known
  made_at timestamp with time zone not null, -- phi:none; retention:for ever; purpose:evidence
  constraint webhook_pkey PRIMARY KEY (context),
);
grant insert, select on webhook to postern_app;
grant update (secret, made_at) on webhook to postern_app;

create table webhook_delivery (
  context text not null, -- phi:none; retention:7 days; purpose:by which registration it came
  delivery_hash bytea not null, -- phi:none; retention:7 days; purpose:SHA-256 of the EMR's name for the delivery: each is taken once
  received_at timestamp with time zone not null, -- phi:none; retention:7 days; purpose:end of the retention
  constraint webhook_delivery_pkey PRIMARY KEY (context, delivery_hash),
);
CREATE INDEX webhook_delivery_received ON webhook_delivery USING btree (received_at);
grant delete, insert, select on webhook_delivery to postern_app;

create table wider_grant (
  practice_id uuid not null, -- phi:none; retention:6 years; purpose:tenant
  acceptance_id uuid not null, -- phi:none; retention:6 years; purpose:in the order of their making
  context text not null, -- phi:none; retention:6 years; purpose:at which EMR
  scopes text[] not null, -- phi:none; retention:6 years; purpose:what is accepted beyond scheduling
  accepted_by text not null, -- phi:none; retention:6 years; purpose:person who answers for it
  accepted_at timestamp with time zone not null, -- phi:none; retention:6 years; purpose:evidence
  reason text not null, -- phi:none; retention:6 years; purpose:why, in that person's words
  constraint wider_grant_pkey PRIMARY KEY (practice_id, acceptance_id),
);
alter table wider_grant enable row level security;
alter table wider_grant force row level security;
create policy wider_grant_of_practice on wider_grant for all to public using (practice_id = current_practice()) with check (practice_id = current_practice());
grant insert, select on wider_grant to postern_app;

CREATE OR REPLACE FUNCTION agent_of_client(client text)
 RETURNS TABLE(practice_id uuid, agent_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT a.practice_id,
     a.agent_id
    FROM agent a
   WHERE (a.client_id = agent_of_client.client);
END;
alter function agent_of_client(text) owner to postern_dispatch;
grant execute on function agent_of_client(text) to postern_app;

CREATE OR REPLACE FUNCTION audit_heads()
 RETURNS TABLE(practice_id uuid, seq bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT h.practice_id,
     h.seq
    FROM audit_head h
   ORDER BY h.practice_id;
END;
alter function audit_heads() owner to postern_dispatch;
grant execute on function audit_heads() to postern_app;

CREATE OR REPLACE FUNCTION authorization_request_of_state(hash bytea)
 RETURNS TABLE(practice_id uuid, request_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT r.practice_id,
     r.request_id
    FROM authorization_request r
   WHERE (r.state_hash = authorization_request_of_state.hash);
END;
alter function authorization_request_of_state(bytea) owner to postern_dispatch;
grant execute on function authorization_request_of_state(bytea) to postern_app;

CREATE OR REPLACE FUNCTION chain_audit_event()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
AS $function$
begin
  select h.seq + 1, h.hash into new.seq, new.prev_hash
    from audit_head h where h.practice_id = new.practice_id for update;
  if not found then
    insert into audit_head (practice_id, seq, hash)
      values (new.practice_id, 0, decode(repeat('00', 32), 'hex')) on conflict do nothing;
    select h.seq + 1, h.hash into new.seq, new.prev_hash
      from audit_head h where h.practice_id = new.practice_id for update;
  end if;
  new.hash := sha256(convert_to(
    netstring('postern.audit.1') || netstring(new.practice_id::text) || netstring(new.seq::text)
    || netstring(new.id::text) || netstring(to_char(new.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || netstring(new.actor) || netstring(new.on_behalf_of) || netstring(new.action)
    || netstring(new.resource_type) || netstring(new.resource_id) || netstring(new.patient_link)
    || netstring(new.outcome) || netstring(new.reason) || netstring(new.origin) || netstring(new.request_id)
    || netstring(encode(new.prev_hash, 'hex')), 'UTF8'));
  update audit_head set seq = new.seq, hash = new.hash where practice_id = new.practice_id;
  return new;
end $function$;
alter function chain_audit_event() owner to OWNER;

CREATE OR REPLACE FUNCTION connect_link_of_session(hash bytea)
 RETURNS TABLE(practice_id uuid, link_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT l.practice_id,
     l.link_id
    FROM connect_link l
   WHERE (l.session_hash = connect_link_of_session.hash);
END;
alter function connect_link_of_session(bytea) owner to postern_dispatch;
grant execute on function connect_link_of_session(bytea) to postern_app;

CREATE OR REPLACE FUNCTION connect_link_of_token(hash bytea)
 RETURNS TABLE(practice_id uuid, link_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT l.practice_id,
     l.link_id
    FROM connect_link l
   WHERE (l.token_hash = connect_link_of_token.hash);
END;
alter function connect_link_of_token(bytea) owner to postern_dispatch;
grant execute on function connect_link_of_token(bytea) to postern_app;

CREATE OR REPLACE FUNCTION connections_of_tenant(registration text, setting text, tenant text)
 RETURNS TABLE(practice_id uuid, connection_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT c.practice_id,
     c.connection_id
    FROM connection c
   WHERE ((((c.settings || c.learned) @> jsonb_build_object(connections_of_tenant.setting, connections_of_tenant.tenant)) OR ((c.settings || c.learned) @>
         CASE
             WHEN (connections_of_tenant.tenant ~ '^[0-9]{1,15}$'::text) THEN jsonb_build_object(connections_of_tenant.setting, (connections_of_tenant.tenant)::bigint)
             ELSE NULL::jsonb
         END)) AND (c.disabled_at IS NULL) AND (c.state <> 'disconnected'::text) AND (EXISTS ( SELECT
            FROM practice p
           WHERE ((p.practice_id = c.practice_id) AND (p.disabled_at IS NULL)))) AND (( SELECT k.context
            FROM consent k
           WHERE ((k.practice_id = c.practice_id) AND (k.connection_id = c.connection_id) AND (k.ended_at IS NULL))
           ORDER BY k.consent_id DESC
          LIMIT 1) IN ( SELECT o.context
            FROM (oauth_registration mine
              JOIN oauth_registration o ON (((o.adapter = mine.adapter) AND (o.client_id = mine.client_id) AND (split_part(o.origin, '/'::text, 3) = split_part(mine.origin, '/'::text, 3)))))
           WHERE (mine.context = connections_of_tenant.registration))))
   ORDER BY c.practice_id, c.connection_id;
END;
alter function connections_of_tenant(text,text,text) owner to postern_dispatch;
grant execute on function connections_of_tenant(text,text,text) to postern_app;

CREATE OR REPLACE FUNCTION current_practice()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (NULLIF(current_setting('postern.practice'::text, true), ''::text))::uuid;
alter function current_practice() owner to OWNER;
grant execute on function current_practice() to public;

CREATE OR REPLACE FUNCTION due_change_feeds(adapters text[], due_by timestamp with time zone, most integer)
 RETURNS TABLE(practice_id uuid, connection_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT c.practice_id,
     c.connection_id
    FROM (connection c
      LEFT JOIN change_feed f ON (((f.practice_id = c.practice_id) AND (f.connection_id = c.connection_id))))
   WHERE ((c.adapter = ANY (due_change_feeds.adapters)) AND (c.disabled_at IS NULL) AND (c.state = ANY (ARRAY['connected'::text, 'degraded'::text])) AND ((f.next_ask_at IS NULL) OR (f.next_ask_at <= due_change_feeds.due_by)) AND (EXISTS ( SELECT
            FROM practice p
           WHERE ((p.practice_id = c.practice_id) AND (p.disabled_at IS NULL)))))
   ORDER BY f.next_ask_at NULLS FIRST, c.connection_id
  LIMIT due_change_feeds.most;
END;
alter function due_change_feeds(text[],timestamp with time zone,integer) owner to postern_dispatch;
grant execute on function due_change_feeds(text[],timestamp with time zone,integer) to postern_app;

CREATE OR REPLACE FUNCTION due_change_hints(due_by timestamp with time zone, most integer, at_work uuid[], each integer)
 RETURNS TABLE(practice_id uuid, connection_id uuid, hint_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT d.practice_id,
     d.connection_id,
     d.hint_id
    FROM ( SELECT h.practice_id,
             h.connection_id,
             h.hint_id,
             h.look_at,
             row_number() OVER (PARTITION BY h.practice_id, h.connection_id ORDER BY h.look_at, h.hint_id) AS place
            FROM change_hint h
           WHERE ((h.look_at <= due_change_hints.due_by) AND (EXISTS ( SELECT
                    FROM practice p
                   WHERE ((p.practice_id = h.practice_id) AND (p.disabled_at IS NULL)))) AND (EXISTS ( SELECT
                    FROM connection c
                   WHERE ((c.practice_id = h.practice_id) AND (c.connection_id = h.connection_id) AND (c.disabled_at IS NULL) AND (c.state = ANY (ARRAY['connected'::text, 'degraded'::text]))))))) d
   WHERE ((d.place + cardinality(array_positions(due_change_hints.at_work, d.connection_id))) <= due_change_hints.each)
   ORDER BY d.look_at, d.hint_id
  LIMIT due_change_hints.most;
END;
alter function due_change_hints(timestamp with time zone,integer,uuid[],integer) owner to postern_dispatch;
grant execute on function due_change_hints(timestamp with time zone,integer,uuid[],integer) to postern_app;

CREATE OR REPLACE FUNCTION due_intents(due_by timestamp with time zone, most integer)
 RETURNS TABLE(practice_id uuid, intent_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT i.practice_id,
     i.intent_id
    FROM booking_intent i
   WHERE ((i.next_action_at <= due_intents.due_by) AND ((i.lease_until IS NULL) OR (i.lease_until <= due_intents.due_by)) AND (EXISTS ( SELECT
            FROM practice p
           WHERE ((p.practice_id = i.practice_id) AND (p.disabled_at IS NULL)))) AND (EXISTS ( SELECT
            FROM connection c
           WHERE ((c.practice_id = i.practice_id) AND (c.connection_id = i.connection_id) AND (c.disabled_at IS NULL) AND (c.state = ANY (ARRAY['connected'::text, 'degraded'::text]))))))
   ORDER BY i.next_action_at
  LIMIT due_intents.most;
END;
alter function due_intents(timestamp with time zone,integer) owner to postern_dispatch;
grant execute on function due_intents(timestamp with time zone,integer) to postern_app;

CREATE OR REPLACE FUNCTION due_refreshes(due_by timestamp with time zone, since timestamp with time zone, per_server integer, most integer)
 RETURNS TABLE(practice_id uuid, connection_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT d.practice_id,
     d.connection_id
    FROM ( SELECT t.practice_id,
             t.connection_id,
             t.authorization_server,
             t.refresh_after,
             row_number() OVER (PARTITION BY t.authorization_server ORDER BY t.refresh_after, t.connection_id) AS place
            FROM token t
           WHERE ((t.state = 'active'::text) AND (t.refresh_after <= due_refreshes.due_by) AND ((t.not_before IS NULL) OR (t.not_before <= due_refreshes.due_by)) AND (EXISTS ( SELECT
                    FROM practice p
                   WHERE ((p.practice_id = t.practice_id) AND (p.disabled_at IS NULL)))) AND (EXISTS ( SELECT
                    FROM connection c
                   WHERE ((c.practice_id = t.practice_id) AND (c.connection_id = t.connection_id) AND (c.disabled_at IS NULL) AND (c.state = ANY (ARRAY['connected'::text, 'degraded'::text]))))))) d
   WHERE (d.place <= (due_refreshes.per_server - ( SELECT count(*) AS count
            FROM refresh_attempt a
           WHERE ((a.authorization_server = d.authorization_server) AND (a.event = 'started'::text) AND (a.at > due_refreshes.since)))))
   ORDER BY d.refresh_after
  LIMIT due_refreshes.most;
END;
alter function due_refreshes(timestamp with time zone,timestamp with time zone,integer,integer) owner to postern_dispatch;
grant execute on function due_refreshes(timestamp with time zone,timestamp with time zone,integer,integer) to postern_app;

CREATE OR REPLACE FUNCTION expired_holds(due_by timestamp with time zone, most integer)
 RETURNS TABLE(practice_id uuid, hold_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT h.practice_id,
     h.hold_id
    FROM hold h
   WHERE ((h.ended_at IS NULL) AND (h.expires_at <= expired_holds.due_by))
   ORDER BY h.expires_at
  LIMIT expired_holds.most;
END;
alter function expired_holds(timestamp with time zone,integer) owner to postern_dispatch;
grant execute on function expired_holds(timestamp with time zone,integer) to postern_app;

CREATE OR REPLACE FUNCTION holds_to_give_back(due_by timestamp with time zone, most integer)
 RETURNS TABLE(practice_id uuid, hold_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT h.practice_id,
     h.hold_id
    FROM hold h
   WHERE ((h.emr_state = ANY (ARRAY['asked'::text, 'kept'::text])) AND (h.ended_at IS NOT NULL) AND (h.emr_due_at <= holds_to_give_back.due_by))
   ORDER BY h.emr_due_at
  LIMIT holds_to_give_back.most;
END;
alter function holds_to_give_back(timestamp with time zone,integer) owner to postern_dispatch;
grant execute on function holds_to_give_back(timestamp with time zone,integer) to postern_app;

CREATE OR REPLACE FUNCTION is_connected_elsewhere(emr text, address text)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT (EXISTS ( SELECT
            FROM connection c
           WHERE ((c.adapter = is_connected_elsewhere.emr) AND (c.origin = is_connected_elsewhere.address) AND (c.state <> 'disconnected'::text) AND (c.practice_id IS DISTINCT FROM current_practice())))) AS "exists";
END;
alter function is_connected_elsewhere(text,text) owner to postern_dispatch;
grant execute on function is_connected_elsewhere(text,text) to postern_app;

CREATE OR REPLACE FUNCTION netstring(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (COALESCE((((octet_length(value))::text || ':'::text) || value), '-'::text) || ','::text);
alter function netstring(text) owner to OWNER;
grant execute on function netstring(text) to public;

CREATE OR REPLACE FUNCTION practice_ids()
 RETURNS TABLE(practice_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT p.practice_id
    FROM practice p
   ORDER BY p.practice_id;
END;
alter function practice_ids() owner to postern_dispatch;
grant execute on function practice_ids() to postern_app;

CREATE OR REPLACE FUNCTION practices_with_older_keys()
 RETURNS TABLE(practice_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT k.practice_id
    FROM practice_key k
   WHERE ((k.purpose = 'seal'::text) AND (k.destroyed_at IS NULL))
   GROUP BY k.practice_id
  HAVING (count(*) > 1)
   ORDER BY k.practice_id;
END;
alter function practices_with_older_keys() owner to postern_dispatch;
grant execute on function practices_with_older_keys() to postern_app;

CREATE OR REPLACE FUNCTION practices_wrapped_before(version integer)
 RETURNS TABLE(practice_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT DISTINCT k.practice_id
    FROM practice_key k
   WHERE ((k.kek_version < practices_wrapped_before.version) AND (k.destroyed_at IS NULL))
   ORDER BY k.practice_id;
END;
alter function practices_wrapped_before(integer) owner to postern_dispatch;
grant execute on function practices_wrapped_before(integer) to postern_app;

CREATE OR REPLACE FUNCTION previous_tokens_ended(due_by timestamp with time zone, most integer)
 RETURNS TABLE(practice_id uuid, connection_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT t.practice_id,
     t.connection_id
    FROM token t
   WHERE (t.prev_rt_until <= previous_tokens_ended.due_by)
   ORDER BY t.prev_rt_until
  LIMIT previous_tokens_ended.most;
END;
alter function previous_tokens_ended(timestamp with time zone,integer) owner to postern_dispatch;
grant execute on function previous_tokens_ended(timestamp with time zone,integer) to postern_app;

CREATE OR REPLACE FUNCTION unended_consents(registration text, most integer)
 RETURNS TABLE(practice_id uuid, consent_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT k.practice_id,
     k.consent_id
    FROM consent k
   WHERE ((k.context = unended_consents.registration) AND (k.ended_at IS NULL))
  LIMIT unended_consents.most;
END;
alter function unended_consents(text,integer) owner to postern_dispatch;
grant execute on function unended_consents(text,integer) to postern_app;

CREATE OR REPLACE FUNCTION waiting_bases()
 RETURNS TABLE(practice_id uuid, approval_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'postern', 'pg_temp'
BEGIN ATOMIC
 SELECT b.practice_id,
     b.approval_id
    FROM base_approval b
   WHERE (b.decided_at IS NULL)
   ORDER BY b.practice_id, b.approval_id;
END;
alter function waiting_bases() owner to postern_dispatch;
grant execute on function waiting_bases() to postern_app;
