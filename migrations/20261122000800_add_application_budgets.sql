-- What an EMR lets one application ask in an hour or a day, over all the practices that have installed it.

-- What the operator has agreed on with the vendor, where that is not what the adapter knows.
alter table oauth_registration add column quota_calls integer check (quota_calls > 0);
grant update (quota_calls) on oauth_registration to postern_app;
comment on column oauth_registration.quota_calls is 'phi:none; retention:for ever; purpose:calls in a window that were agreed on with the vendor; null where the adapter knows';

alter table oauth_registration_act
  drop constraint oauth_registration_act_act_check,
  add constraint oauth_registration_act_act_check check (act in ('add', 'approve', 'retire', 'keys', 'quota'));

-- What belongs to no practice: one row an application, locked for each of its calls.
create table application_budget (
  application text primary key,
  state jsonb,
  updated_at timestamptz not null
) with (fillfactor = 50); -- rewritten with every call
grant select, insert, update (state, updated_at) on application_budget to postern_app;
comment on column application_budget.application is 'phi:none; retention:for ever; purpose:adapter, host and client id: whose calls the EMR counts together';
comment on column application_budget.state is 'phi:none; retention:one window; purpose:calls counted in the window; practices stand in it by a hash, for as long as they ask';
comment on column application_budget.updated_at is 'phi:none; retention:for ever; purpose:when it was last asked';
