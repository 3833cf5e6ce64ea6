-- phase: expand
-- why: what is found on site, and what happened there

create table site_issues (
    id           uuid primary key,
    project_id   uuid not null references projects (id),
    model_id     uuid,
    title        text not null,
    description  text not null default '',
    severity     text not null check (severity in ('low', 'medium', 'high', 'critical')),
    status       text not null check (status in ('open', 'in_progress', 'resolved', 'closed')),
    assignee     text,
    due_on       date,
    location     jsonb,
    revision     integer not null default 1,
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now(),
    foreign key (project_id, model_id) references bim_models (project_id, id)
);
create index site_issues_page on site_issues (project_id, id desc);

create table site_events (
    id           uuid primary key,
    project_id   uuid not null references projects (id),
    kind         text not null,
    source       text not null,
    occurred_at  timestamptz not null,
    data         jsonb not null default '{}',
    created_at   timestamptz not null default now()
);
create index site_events_page on site_events (project_id, id desc);
