-- A hint is about an application, of which an EMR knows one client id, by whichever of our registrations it came. And no
-- EMR that is slow keeps the places at which hints are looked at from the others.

grant select (context, adapter, origin, client_id) on oauth_registration to postern_dispatch;
create index consent_unended on consent (context) where ended_at is null;

drop function connections_of_tenant(text, text, text);
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
      and (
        select k.context from postern.consent k
        where k.practice_id = c.practice_id and k.connection_id = c.connection_id and k.ended_at is null
        order by k.consent_id desc limit 1
      ) in (
        -- Adapter, host and client id, as calls are counted.
        select o.context from postern.oauth_registration mine
        join postern.oauth_registration o on o.adapter = mine.adapter and o.client_id = mine.client_id
          and split_part(o.origin, '/', 3) = split_part(mine.origin, '/', 3)
        where mine.context = registration)
    order by 1, 2;
  end;
create function unended_consents(registration text, most integer) returns table (practice_id uuid, consent_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select k.practice_id, k.consent_id from postern.consent k
    where k.context = registration and k.ended_at is null limit most;
  end;
drop function due_change_hints(timestamptz, integer);
-- `at_work` names a connection once for each of its hints that the caller is at; of none more than `each` together.
create function due_change_hints(due_by timestamptz, most integer, at_work uuid[], each integer)
  returns table (practice_id uuid, connection_id uuid, hint_id uuid)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select d.practice_id, d.connection_id, d.hint_id
    from (
      select h.practice_id, h.connection_id, h.hint_id, h.look_at,
        row_number() over (partition by h.practice_id, h.connection_id order by h.look_at, h.hint_id) as place
      from postern.change_hint h
      where h.look_at <= due_by
        and exists (select from postern.practice p where p.practice_id = h.practice_id and p.disabled_at is null)
        and exists (
          select from postern.connection c
          where c.practice_id = h.practice_id and c.connection_id = h.connection_id
            and c.disabled_at is null and c.state in ('connected', 'degraded'))) d
    where d.place + cardinality(array_positions(at_work, d.connection_id)) <= each
    order by d.look_at, d.hint_id limit most;
  end;
grant create on schema postern to postern_dispatch;
alter function connections_of_tenant(text, text, text) owner to postern_dispatch;
alter function unended_consents(text, integer) owner to postern_dispatch;
alter function due_change_hints(timestamptz, integer, uuid[], integer) owner to postern_dispatch;
revoke create on schema postern from postern_dispatch;
revoke execute on function connections_of_tenant(text, text, text), unended_consents(text, integer), due_change_hints(timestamptz, integer, uuid[], integer) from public;
grant execute on function connections_of_tenant(text, text, text), unended_consents(text, integer), due_change_hints(timestamptz, integer, uuid[], integer) to postern_app;
