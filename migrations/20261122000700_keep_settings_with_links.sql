-- What whoever makes a link knows of the EMR already: the practice finds it filled in.
alter table connect_link add column settings jsonb not null default '{}';
comment on column connect_link.settings is 'phi:none; retention:30 days; purpose:settings of the adapter that are filled in on its page';
