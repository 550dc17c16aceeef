-- A connection that people end takes its open links with it, and what nobody decides or finishes is forgotten.

alter table connect_link
  drop constraint connect_link_end_code_check,
  add constraint connect_link_end_code_check check (end_code in ('used', 'codes', 'withdrawn'));
comment on column connect_link.ended_at is 'phi:none; retention:30 days; purpose:it connected, was guessed at, or its connection was disconnected or disabled';

grant delete on base_approval to postern_app;
comment on column base_approval.practice_id is 'phi:none; retention:practice life, 30 days where nobody approves it; purpose:tenant';
comment on column base_approval.approval_id is 'phi:none; retention:practice life, 30 days where nobody approves it; purpose:names it in the trail';
comment on column base_approval.adapter is 'phi:none; retention:practice life, 30 days where nobody approves it; purpose:folder of the adapter';
comment on column base_approval.kind is 'phi:none; retention:practice life, 30 days where nobody approves it; purpose:what the practice''s mode allows';
comment on column base_approval.origin is 'phi:none; retention:practice life, 30 days where nobody approves it; purpose:the address as the practice named it, without the adapter''s own path';
comment on column base_approval.metadata is 'phi:none; retention:practice life, 30 days where nobody approves it; purpose:issuer and endpoints found there when it was named';
comment on column base_approval.asked_at is 'phi:none; retention:practice life, 30 days where nobody approves it; purpose:evidence';

comment on column authorization_request.pending is 'phi:secret; retention:until consumed or expired; purpose:sealed issuer, redirect address and PKCE verifier';
