-- How we hear that something changed in an EMR: its calls of us, and our asking it. What is heard is a hint; the truth is
-- read in the EMR.

-- What belongs to no practice: an EMR sets one address and one secret for an application, that is for a registration.
create table webhook (
  context text primary key,
  secret bytea not null,
  made_at timestamptz not null
);
grant select, insert, update (secret, made_at) on webhook to postern_app;
comment on column webhook.context is 'phi:none; retention:for ever; purpose:which registration, and part of the address';
comment on column webhook.secret is 'phi:secret; retention:until replaced; purpose:sealed secret by which the EMR''s calls are known';
comment on column webhook.made_at is 'phi:none; retention:for ever; purpose:evidence';

alter table oauth_registration_act
  drop constraint oauth_registration_act_act_check,
  add constraint oauth_registration_act_act_check check (act in ('add', 'approve', 'retire', 'keys', 'quota', 'webhook'));

create table webhook_delivery (
  context text not null,
  delivery_hash bytea not null,
  received_at timestamptz not null,
  primary key (context, delivery_hash)
);
grant select, insert, delete on webhook_delivery to postern_app;
create index webhook_delivery_received on webhook_delivery (received_at);
comment on column webhook_delivery.context is 'phi:none; retention:7 days; purpose:by which registration it came';
comment on column webhook_delivery.delivery_hash is 'phi:none; retention:7 days; purpose:SHA-256 of the EMR''s name for the delivery: each is taken once';
comment on column webhook_delivery.received_at is 'phi:none; retention:7 days; purpose:end of the retention';

create table change_hint (
  practice_id uuid not null,
  hint_id uuid not null,
  connection_id uuid not null,
  appointment_id text not null,
  noted_at timestamptz not null,
  look_at timestamptz not null,
  failures integer not null default 0 check (failures >= 0),
  primary key (practice_id, hint_id), unique (practice_id, appointment_id)
);
alter table change_hint enable row level security;
alter table change_hint force row level security;
create policy change_hint_of_practice on change_hint using (practice_id = current_practice()) with check (practice_id = current_practice());
create policy change_hint_dispatch on change_hint for select to postern_dispatch using (true);
grant select, insert, delete, update (noted_at, look_at, failures) on change_hint to postern_app;
grant select (practice_id, hint_id, connection_id, look_at) on change_hint to postern_dispatch;
create index change_hint_due on change_hint (look_at);
comment on column change_hint.practice_id is 'phi:none; retention:until looked at, 7 days at most; purpose:tenant';
comment on column change_hint.hint_id is 'phi:none; retention:until looked at, 7 days at most; purpose:names it';
comment on column change_hint.connection_id is 'phi:none; retention:until looked at, 7 days at most; purpose:in which account something changed';
comment on column change_hint.appointment_id is 'phi:pseudonym; retention:until looked at, 7 days at most; purpose:FHIR id of the appointment that is said to have changed';
comment on column change_hint.noted_at is 'phi:none; retention:until looked at, 7 days at most; purpose:when it was last said';
comment on column change_hint.look_at is 'phi:none; retention:until looked at, 7 days at most; purpose:when it is to be looked at; a worker puts it off before it begins';
comment on column change_hint.failures is 'phi:none; retention:until looked at, 7 days at most; purpose:looks that failed in a row, for the back-off';

create table change_feed (
  practice_id uuid not null,
  connection_id uuid not null,
  asked_until timestamptz not null,
  next_ask_at timestamptz not null,
  failures integer not null default 0 check (failures >= 0),
  primary key (practice_id, connection_id)
);
alter table change_feed enable row level security;
alter table change_feed force row level security;
create policy change_feed_of_practice on change_feed using (practice_id = current_practice()) with check (practice_id = current_practice());
create policy change_feed_dispatch on change_feed for select to postern_dispatch using (true);
grant select, insert, update (asked_until, next_ask_at, failures) on change_feed to postern_app;
grant select (practice_id, connection_id, next_ask_at) on change_feed to postern_dispatch;
comment on column change_feed.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column change_feed.connection_id is 'phi:none; retention:practice life; purpose:which account is asked what changed';
comment on column change_feed.asked_until is 'phi:none; retention:practice life; purpose:when the last asking began whose hints were kept';
comment on column change_feed.next_ask_at is 'phi:none; retention:transient; purpose:when it is asked next; who asks puts it off before';
comment on column change_feed.failures is 'phi:none; retention:transient; purpose:askings that failed in a row, for the back-off';

-- Over all practices, ids only.
create policy consent_dispatch on consent for select to postern_dispatch using (true);
grant select (practice_id, consent_id, connection_id, context, ended_at) on consent to postern_dispatch;
grant select (adapter, settings, learned) on connection to postern_dispatch;
create index connection_by_settings on connection using gin ((settings || learned) jsonb_path_ops);

create function connections_of_tenant(registration text, setting text, tenant text)
  returns table (practice_id uuid, connection_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select c.practice_id, c.connection_id from postern.connection c
    where ((c.settings || c.learned) @> jsonb_build_object(setting, tenant)
        -- An EMR's number may have been learned as one.
        or (c.settings || c.learned) @> case when tenant ~ '^[0-9]{1,15}$' then jsonb_build_object(setting, tenant::bigint) end)
      and c.disabled_at is null and c.state <> 'disconnected'
      and exists (select from postern.practice p where p.practice_id = c.practice_id and p.disabled_at is null)
      -- The newest consent of a connection is the one that counts.
      and registration = (
        select k.context from postern.consent k
        where k.practice_id = c.practice_id and k.connection_id = c.connection_id and k.ended_at is null
        order by k.consent_id desc limit 1)
    order by 1, 2;
  end;
create function due_change_hints(due_by timestamptz, most integer) returns table (practice_id uuid, hint_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select h.practice_id, h.hint_id from postern.change_hint h
    where h.look_at <= due_by
      and exists (select from postern.practice p where p.practice_id = h.practice_id and p.disabled_at is null)
      and exists (
        select from postern.connection c
        where c.practice_id = h.practice_id and c.connection_id = h.connection_id
          and c.disabled_at is null and c.state in ('connected', 'degraded'))
    order by h.look_at limit most;
  end;
create function due_change_feeds(adapters text[], due_by timestamptz, most integer)
  returns table (practice_id uuid, connection_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select c.practice_id, c.connection_id
    from postern.connection c
    left join postern.change_feed f on f.practice_id = c.practice_id and f.connection_id = c.connection_id
    where c.adapter = any (adapters) and c.disabled_at is null and c.state in ('connected', 'degraded')
      and (f.next_ask_at is null or f.next_ask_at <= due_by)
      and exists (select from postern.practice p where p.practice_id = c.practice_id and p.disabled_at is null)
    order by f.next_ask_at nulls first, c.connection_id limit most;
  end;
grant create on schema postern to postern_dispatch;
alter function connections_of_tenant(text, text, text) owner to postern_dispatch;
alter function due_change_hints(timestamptz, integer) owner to postern_dispatch;
alter function due_change_feeds(text[], timestamptz, integer) owner to postern_dispatch;
revoke create on schema postern from postern_dispatch;
revoke execute on function connections_of_tenant(text, text, text), due_change_hints(timestamptz, integer), due_change_feeds(text[], timestamptz, integer) from public;
grant execute on function connections_of_tenant(text, text, text), due_change_hints(timestamptz, integer), due_change_feeds(text[], timestamptz, integer) to postern_app;
