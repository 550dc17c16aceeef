-- Where two systems trust each other nobody signs in who could notice a wrong practice. So such a registration is refused
-- at an address that another practice is connected to. Over all practices; yes or no, and never which.
grant select (origin) on connection to postern_dispatch;
create index connection_at_address on connection (adapter, origin);
create function is_connected_elsewhere(emr text, address text) returns boolean
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select exists (
      select from postern.connection c
      where c.adapter = emr and c.origin = address and c.state <> 'disconnected'
        and c.practice_id is distinct from postern.current_practice());
  end;
grant create on schema postern to postern_dispatch;
alter function is_connected_elsewhere(text, text) owner to postern_dispatch;
revoke create on schema postern from postern_dispatch;
revoke execute on function is_connected_elsewhere(text, text) from public;
grant execute on function is_connected_elsewhere(text, text) to postern_app;
