-- What a connection may do and how it does: the practice's consent can leave out writing, and health is kept by evidence.

alter table connection add column can_write boolean not null default true;
alter table connection add column learned jsonb not null default '{}';
alter table connection add column latency_ms integer check (latency_ms >= 0);
alter table connection add column requests_today integer not null default 0 check (requests_today >= 0);
alter table connection add column requests_day date;
comment on column connection.can_write is 'phi:none; retention:practice life; purpose:false where the grant reads only; bookings go to people then';
comment on column connection.learned is 'phi:none; retention:practice life; purpose:what probes found out about the server, over the settings';
comment on column connection.latency_ms is 'phi:none; retention:practice life; purpose:health: recent time of one request, milliseconds';
comment on column connection.requests_today is 'phi:none; retention:practice life; purpose:health: requests sent on requests_day';
comment on column connection.requests_day is 'phi:none; retention:practice life; purpose:health: UTC day that requests_today counts';
