-- phase: expand
-- why: a repeated write is answered, not done again

create table idempotency_keys (
    key          text primary key,
    fingerprint  bytea not null,
    status       integer,
    body         bytea,
    location     text,
    revision     integer,
    repeats      integer not null default 0,
    created_at   timestamptz not null default now()
);
create index idempotency_keys_age on idempotency_keys (created_at);
