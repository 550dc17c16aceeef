-- The tokens of connections that were made by consent, and every use of a refresh token, written down before it happens.

create table token (
  practice_id uuid not null,
  connection_id uuid not null,
  grant_epoch integer not null check (grant_epoch > 0),
  token_version integer not null check (token_version > 0),
  state text not null check (state in ('active', 'needs_reconsent', 'revoked')),
  authorization_server text not null,
  at_ct bytea,
  at_issued_at timestamptz,
  at_expires_at timestamptz,
  rt_ct bytea,
  prev_rt_ct bytea,
  prev_rt_until timestamptz,
  granted_scopes text[] not null,
  refresh_after timestamptz,
  not_before timestamptz,
  failures integer not null default 0 check (failures >= 0),
  forced_at timestamptz,
  refresh_started_at timestamptz,
  refresh_attempt_id uuid,
  last_error_code text check (last_error_code ~ '^[a-z_-]{1,40}$'),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (practice_id, connection_id),
  check ((prev_rt_ct is null) = (prev_rt_until is null)),
  check (state = 'active' or (at_ct is null and rt_ct is null and prev_rt_ct is null)),
  check (state <> 'active' or (at_ct is not null and at_issued_at is not null and at_expires_at is not null))
) with (fillfactor = 50); -- one row a connection, rewritten with every refresh
alter table token enable row level security;
alter table token force row level security;
create policy token_of_practice on token using (practice_id = current_practice()) with check (practice_id = current_practice());
create policy token_dispatch on token for select to postern_dispatch using (true);
grant select, insert, update on token to postern_app;
grant select (practice_id, connection_id, state, authorization_server, refresh_after, not_before, prev_rt_until) on token to postern_dispatch;
create index token_due on token (refresh_after) where state = 'active';
create index token_previous on token (prev_rt_until) where prev_rt_until is not null;
comment on column token.practice_id is 'phi:none; retention:practice life; purpose:tenant';
comment on column token.connection_id is 'phi:none; retention:practice life; purpose:whose tokens';
comment on column token.grant_epoch is 'phi:none; retention:practice life; purpose:raised by every consent and disconnect; an answer to an older one is dropped';
comment on column token.token_version is 'phi:none; retention:practice life; purpose:compare and set, part of every seal of the row; never falls';
comment on column token.state is 'phi:none; retention:practice life; purpose:whether there is a grant to use';
comment on column token.authorization_server is 'phi:none; retention:practice life; purpose:whose limit refreshes count against';
comment on column token.at_ct is 'phi:secret; retention:until replaced, refused or disconnected; purpose:sealed access token';
comment on column token.at_issued_at is 'phi:none; retention:practice life; purpose:begin of its life';
comment on column token.at_expires_at is 'phi:none; retention:practice life; purpose:end of its life';
comment on column token.rt_ct is 'phi:secret; retention:until replaced, refused or disconnected; purpose:sealed refresh token; null where tokens are asked for anew';
comment on column token.prev_rt_ct is 'phi:secret; retention:60 seconds; purpose:sealed refresh token before this one, only where the server takes it for a while';
comment on column token.prev_rt_until is 'phi:none; retention:60 seconds; purpose:when the one before is wiped';
comment on column token.granted_scopes is 'phi:none; retention:practice life; purpose:what the server granted';
comment on column token.refresh_after is 'phi:none; retention:transient; purpose:when the sweep renews it ahead of callers';
comment on column token.not_before is 'phi:none; retention:transient; purpose:back-off: nobody asks the server earlier';
comment on column token.failures is 'phi:none; retention:transient; purpose:failed refreshes in a row, for the back-off';
comment on column token.forced_at is 'phi:none; retention:transient; purpose:when a token that looked fresh was replaced last';
comment on column token.refresh_started_at is 'phi:none; retention:practice life; purpose:when the last attempt began';
comment on column token.refresh_attempt_id is 'phi:none; retention:practice life; purpose:the last attempt; tells a result that is there from one that is not';
comment on column token.last_error_code is 'phi:none; retention:practice life; purpose:code of the last failure';
comment on column token.created_at is 'phi:none; retention:practice life; purpose:evidence';
comment on column token.updated_at is 'phi:none; retention:practice life; purpose:evidence';

-- Append only: one row before a request to the token endpoint, committed before it leaves, one row with its end.
create table refresh_attempt (
  practice_id uuid not null,
  connection_id uuid not null,
  from_version integer not null,
  attempt_id uuid not null,
  event text not null check (event in ('started', 'ended')),
  grant_epoch integer not null,
  authorization_server text not null,
  holder text not null check (holder ~ '^[A-Za-z0-9:._-]{1,200}$'),
  code text check (code ~ '^[a-z_-]{1,40}$'),
  at timestamptz not null,
  primary key (practice_id, connection_id, from_version, attempt_id, event)
);
alter table refresh_attempt enable row level security;
alter table refresh_attempt force row level security;
create policy refresh_attempt_of_practice on refresh_attempt using (practice_id = current_practice()) with check (practice_id = current_practice());
create policy refresh_attempt_dispatch on refresh_attempt for select to postern_dispatch using (true);
grant select, insert on refresh_attempt to postern_app;
grant select (practice_id, authorization_server, event, at) on refresh_attempt to postern_dispatch;
create index refresh_attempt_recent on refresh_attempt (authorization_server, at) where event = 'started';
comment on column refresh_attempt.practice_id is 'phi:none; retention:6 years; purpose:tenant';
comment on column refresh_attempt.connection_id is 'phi:none; retention:6 years; purpose:whose grant was used';
comment on column refresh_attempt.from_version is 'phi:none; retention:6 years; purpose:the version it set out to replace';
comment on column refresh_attempt.attempt_id is 'phi:none; retention:6 years; purpose:one request to the token endpoint';
comment on column refresh_attempt.event is 'phi:none; retention:6 years; purpose:before and after the request';
comment on column refresh_attempt.grant_epoch is 'phi:none; retention:6 years; purpose:the consent it belongs to';
comment on column refresh_attempt.authorization_server is 'phi:none; retention:6 years; purpose:whose limit it counts against';
comment on column refresh_attempt.holder is 'phi:none; retention:6 years; purpose:the process that has the answer, if it lives';
comment on column refresh_attempt.code is 'phi:none; retention:6 years; purpose:outcome';
comment on column refresh_attempt.at is 'phi:none; retention:6 years; purpose:evidence';

-- A new data key reaches every value that the practice has: those that are written once are sealed anew as well.
grant update (emr_id) on patient_link to postern_app;
grant update (emr_id) on appointment_link to postern_app;
grant select (purpose) on practice_key to postern_dispatch;

-- Over all practices, ids only.
create function due_refreshes(due_by timestamptz, since timestamptz, per_server integer, most integer)
  returns table (practice_id uuid, connection_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select d.practice_id, d.connection_id
    from (
      select t.practice_id, t.connection_id, t.authorization_server, t.refresh_after,
        row_number() over (partition by t.authorization_server order by t.refresh_after, t.connection_id) as place
      from postern.token t
      where t.state = 'active' and t.refresh_after <= due_by and (t.not_before is null or t.not_before <= due_by)
        and exists (select from postern.practice p where p.practice_id = t.practice_id and p.disabled_at is null)
        and exists (
          select from postern.connection c
          where c.practice_id = t.practice_id and c.connection_id = t.connection_id
            and c.disabled_at is null and c.state in ('connected', 'degraded'))
    ) d
    where d.place <= per_server - (
      select count(*) from postern.refresh_attempt a
      where a.authorization_server = d.authorization_server and a.event = 'started' and a.at > since)
    order by d.refresh_after limit most;
  end;
create function previous_tokens_ended(due_by timestamptz, most integer) returns table (practice_id uuid, connection_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select t.practice_id, t.connection_id from postern.token t
    where t.prev_rt_until <= due_by order by t.prev_rt_until limit most;
  end;
create function practices_with_older_keys() returns table (practice_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select k.practice_id from postern.practice_key k
    where k.purpose = 'seal' and k.destroyed_at is null
    group by k.practice_id having count(*) > 1 order by 1;
  end;
grant create on schema postern to postern_dispatch;
alter function due_refreshes(timestamptz, timestamptz, integer, integer) owner to postern_dispatch;
alter function previous_tokens_ended(timestamptz, integer) owner to postern_dispatch;
alter function practices_with_older_keys() owner to postern_dispatch;
revoke create on schema postern from postern_dispatch;
revoke execute on function due_refreshes(timestamptz, timestamptz, integer, integer), previous_tokens_ended(timestamptz, integer), practices_with_older_keys() from public;
grant execute on function due_refreshes(timestamptz, timestamptz, integer, integer), previous_tokens_ended(timestamptz, integer), practices_with_older_keys() to postern_app;
