-- Schema 5. What an agent is to learn from, what it did with its notes, how often they were of use, and what the agent is.
create table interaction (
  number     integer primary key,
  id         text    not null unique,
  user       text,
  state      integer not null,
  created_at integer not null,
  json       text    not null,
  crc        integer not null
) strict;
create index interaction_pending on interaction (number) where state = 0;
create index interaction_of_user on interaction (user, number);

create table consolidation (
  number integer primary key,
  id     text    not null unique,
  user   text,
  json   text    not null,
  crc    integer not null
) strict;
create index consolidation_of_user on consolidation (user, number);

create table note_use (
  number integer primary key,
  uses   integer not null,
  last   integer not null
) strict;

create table agent_record (
  name    text    primary key,
  version integer not null,
  at      integer not null,
  json    text    not null,
  crc     integer not null
) strict, without rowid;

create index note_of_user on note (user, number);
