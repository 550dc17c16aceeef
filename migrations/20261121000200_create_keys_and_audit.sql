-- What seals a practice's data, and what remembers who touched it.

create table practice_key (
  practice_id uuid not null,
  dek_id uuid not null,
  purpose text not null check (purpose in ('seal', 'index')),
  generation integer not null check (generation > 0),
  kek_version integer not null,
  wrapped bytea,
  seals bigint not null default 0,
  created_at timestamptz not null,
  destroyed_at timestamptz,
  primary key (practice_id, dek_id), unique (practice_id, purpose, generation),
  check ((wrapped is null) = (destroyed_at is not null))
);
alter table practice_key enable row level security;
alter table practice_key force row level security;
create policy practice_key_of_practice on practice_key using (practice_id = current_practice()) with check (practice_id = current_practice());
create policy practice_key_dispatch on practice_key for select to postern_dispatch using (true);
grant select, insert, update (kek_version, wrapped, seals, destroyed_at) on practice_key to postern_app;
grant select (practice_id, kek_version, destroyed_at) on practice_key to postern_dispatch;
comment on column practice_key.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column practice_key.dek_id is 'phi:none; retention:practice life; purpose:named by every value it sealed';
comment on column practice_key.purpose is 'phi:none; retention:practice life; purpose:seals values or keys blind indexes';
comment on column practice_key.generation is 'phi:none; retention:practice life; purpose:the newest one writes; one insert wins a race';
comment on column practice_key.kek_version is 'phi:none; retention:practice life; purpose:which key of the ring wraps it';
comment on column practice_key.wrapped is 'phi:secret; retention:until the practice is erased; purpose:data key under the key encryption key';
comment on column practice_key.seals is 'phi:none; retention:practice life; purpose:values sealed, counted ahead; refused at 2^31';
comment on column practice_key.created_at is 'phi:none; retention:practice life; purpose:when it may write';
comment on column practice_key.destroyed_at is 'phi:none; retention:6 years; purpose:proof of erasure';

create table audit_head (
  practice_id uuid primary key,
  seq bigint not null,
  hash bytea not null
) with (fillfactor = 50); -- one row a practice, updated with every event: room for the update in place
alter table audit_head enable row level security;
alter table audit_head force row level security;
create policy audit_head_of_practice on audit_head using (practice_id = current_practice()) with check (practice_id = current_practice());
create policy audit_head_dispatch on audit_head for select to postern_dispatch using (true);
grant select on audit_head to postern_app;
grant select (practice_id, seq) on audit_head to postern_dispatch;
comment on column audit_head.practice_id is 'phi:none; retention:6 years; purpose:tenant';
comment on column audit_head.seq is 'phi:none; retention:6 years; purpose:number of the newest event';
comment on column audit_head.hash is 'phi:none; retention:6 years; purpose:hash of the newest event';

-- No delete path exists: the application may only insert and read, and nothing purges before six years have passed.
create table audit_event (
  practice_id uuid not null,
  seq bigint not null,
  id uuid not null,
  at timestamptz not null,
  actor text not null check (actor ~ '^(agent|operator|system):[^[:cntrl:]]{1,128}$'),
  on_behalf_of text check (on_behalf_of ~ '^(agent|operator|system):[^[:cntrl:]]{1,128}$'),
  action text not null check (action ~ '^[a-z-]{1,40}[.][a-z-]{1,40}$'),
  resource_type text not null check (resource_type ~ '^[A-Za-z]{1,64}$'),
  resource_id text check (resource_id ~ '^[A-Za-z0-9.-]{1,64}$'),
  patient_link text check (patient_link ~ '^[A-Za-z0-9.-]{1,64}$'),
  outcome text not null check (outcome in ('success', 'refused', 'failed', 'pending')),
  reason text check (reason ~ '^[a-z-]{1,40}$'),
  origin text not null check (origin ~ '^[A-Za-z0-9.:/%_-]{1,64}$'),
  request_id text check (request_id ~ '^[A-Za-z0-9._-]{1,64}$'),
  prev_hash bytea not null,
  hash bytea not null,
  primary key (practice_id, seq)
);
alter table audit_event enable row level security;
alter table audit_event force row level security;
create policy audit_event_of_practice on audit_event using (practice_id = current_practice()) with check (practice_id = current_practice());
grant select on audit_event to postern_app;
-- seq, prev_hash and hash are the chain's own.
grant insert (practice_id, id, at, actor, on_behalf_of, action, resource_type, resource_id, patient_link, outcome, reason, origin, request_id) on audit_event to postern_app;
comment on column audit_event.practice_id is 'phi:none; retention:6 years, no delete path exists; purpose:tenant';
comment on column audit_event.seq is 'phi:none; retention:6 years, no delete path exists; purpose:place in the practice''s chain, without a gap';
comment on column audit_event.id is 'phi:none; retention:6 years, no delete path exists; purpose:names the event elsewhere';
comment on column audit_event.at is 'phi:none; retention:6 years, no delete path exists; purpose:when';
comment on column audit_event.actor is 'phi:none; retention:6 years, no delete path exists; purpose:who: agent:id, operator:name, system:job';
comment on column audit_event.on_behalf_of is 'phi:none; retention:6 years, no delete path exists; purpose:for whom';
comment on column audit_event.action is 'phi:none; retention:6 years, no delete path exists; purpose:what was done, of a closed vocabulary';
comment on column audit_event.resource_type is 'phi:none; retention:6 years, no delete path exists; purpose:what it was done to';
comment on column audit_event.resource_id is 'phi:pseudonym; retention:6 years, no delete path exists; purpose:our id of what it was done to';
comment on column audit_event.patient_link is 'phi:pseudonym; retention:6 years, no delete path exists; purpose:our id of the patient, for accounting of disclosures';
comment on column audit_event.outcome is 'phi:none; retention:6 years, no delete path exists; purpose:how it ended';
comment on column audit_event.reason is 'phi:none; retention:6 years, no delete path exists; purpose:failure code of what did not succeed';
comment on column audit_event.origin is 'phi:none; retention:6 years, no delete path exists; purpose:network address of the caller, or the entrance';
comment on column audit_event.request_id is 'phi:none; retention:6 years, no delete path exists; purpose:ties events and log lines of one request';
comment on column audit_event.prev_hash is 'phi:none; retention:6 years, no delete path exists; purpose:hash of the event before';
comment on column audit_event.hash is 'phi:none; retention:6 years, no delete path exists; purpose:SHA-256 over all other columns';

-- A field that cannot slide into its neighbour: its length in bytes leads it, and null is not the empty text.
create function netstring(value text) returns text
  language sql immutable parallel safe
  return coalesce(octet_length(value)::text || ':' || value, '-') || ',';
comment on function netstring(text) is 'A text led by its length in bytes.';

-- The head's row lock puts the events of one practice in line until their transactions end, so the chain has no gap.
create function chain_audit_event() returns trigger
  language plpgsql security definer set search_path = postern, pg_temp
as $$
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
end $$;
revoke execute on function chain_audit_event() from public;
create trigger chain_audit_event before insert on audit_event for each row execute function chain_audit_event();

-- Over all practices, ids and counts only.
create function practices_wrapped_before(version integer) returns table (practice_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select distinct k.practice_id from postern.practice_key k
    where k.kek_version < version and k.destroyed_at is null order by 1;
  end;
create function audit_heads() returns table (practice_id uuid, seq bigint)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic select h.practice_id, h.seq from postern.audit_head h order by 1; end;
grant create on schema postern to postern_dispatch;
alter function practices_wrapped_before(integer) owner to postern_dispatch;
alter function audit_heads() owner to postern_dispatch;
revoke create on schema postern from postern_dispatch;
revoke execute on function practices_wrapped_before(integer), audit_heads() from public;
grant execute on function practices_wrapped_before(integer), audit_heads() to postern_app;
