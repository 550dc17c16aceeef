-- Some EMRs keep a held time too. What was asked of one is written down before it is asked, so that it can be given back.
alter table hold
  add column emr_state text check (emr_state in ('asked', 'kept', 'given-back')),
  add column emr_due_at timestamptz,
  add constraint hold_emr_due check ((emr_state is null) = (emr_due_at is null));
comment on column hold.emr_state is 'phi:none; retention:30 days; purpose:whether the EMR keeps the time too; null where it is not asked';
comment on column hold.emr_due_at is 'phi:none; retention:30 days; purpose:when the time is to be given back in the EMR';
create index hold_to_give_back on hold (emr_due_at) where emr_state in ('asked', 'kept');

grant delete on hold to postern_app;
grant select (emr_state, emr_due_at) on hold to postern_dispatch;
create function holds_to_give_back(due_by timestamptz, most integer) returns table (practice_id uuid, hold_id text)
  language sql stable security definer set search_path = postern, pg_temp
  begin atomic
    select h.practice_id, h.hold_id from postern.hold h
    where h.emr_state in ('asked', 'kept') and h.ended_at is not null and h.emr_due_at <= due_by
    order by h.emr_due_at limit most;
  end;
grant create on schema postern to postern_dispatch;
alter function holds_to_give_back(timestamptz, integer) owner to postern_dispatch;
revoke create on schema postern from postern_dispatch;
revoke execute on function holds_to_give_back(timestamptz, integer) from public;
grant execute on function holds_to_give_back(timestamptz, integer) to postern_app;
