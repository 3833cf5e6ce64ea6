-- phase: expand
-- why: projects, their BIM models, and the models' immutable versions

create table projects (
    id          uuid primary key,
    code        text not null unique,
    name        text not null,
    country     text not null check (country ~ '^[A-Z]{2}$'),
    status      text not null check (status in ('planned', 'active', 'paused', 'closed')),
    revision    integer not null default 1,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now()
);

create table bim_models (
    id              uuid primary key,
    project_id      uuid not null references projects (id),
    name            text not null,
    discipline      text not null,
    latest_version  integer not null default 0,
    revision        integer not null default 1,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    unique (project_id, name),
    -- What issues refer to, so that an issue cannot name a model of another project.
    unique (project_id, id)
);
create index bim_models_page on bim_models (project_id, id desc);

create table model_versions (
    project_id  uuid not null,
    model_id    uuid not null,
    number      integer not null check (number > 0),
    file_name   text not null,
    sha256      text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes  bigint not null check (size_bytes >= 0),
    author      text not null,
    notes       text not null default '',
    created_at  timestamptz not null default now(),
    primary key (model_id, number),
    foreign key (project_id, model_id) references bim_models (project_id, id)
);
