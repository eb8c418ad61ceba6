-- Background jobs. All times are milliseconds since 1970; the priority is a code, higher goes first.
create table task (
  number integer primary key autoincrement,
  id text not null unique,
  kind text not null,
  agent text,
  arguments text not null,
  priority integer not null,
  attempts_most integer not null,
  timeout integer not null,
  state text not null,
  attempts integer not null default 0,
  created_at integer not null,
  not_before integer not null,
  started_at integer,
  ended_at integer,
  lease_until integer,
  cancel integer not null default 0,
  progress text,
  error text,
  result text
) strict;
-- Waiting and running ones are few, whatever was done before.
create index task_open on task (priority desc, not_before, number) where state in ('queued', 'running');
create index task_ended on task (ended_at) where ended_at is not null;
