-- Schema 1. Times are milliseconds since 1970 UTC. A number is the change that created the row, so messages and notes
-- share one rising sequence. Every row with content carries a CRC-32C over its fields, because SQLite itself does not
-- notice a flipped bit inside a value.

create table change (
  number integer primary key,
  at     integer not null,
  kind   integer not null,
  item   integer not null,
  ref    text
) strict;

create table message (
  number    integer primary key,
  id        text    not null unique,
  session   text    not null,
  user      text,
  role      text    not null,
  content   text    not null,
  at        integer not null,
  edited_at integer,
  metadata  text,
  length    integer not null,
  crc       integer not null
) strict;
create index message_in_session on message (session, at, number);

create table message_revision (
  number      integer not null,
  revision    integer not null,
  content     text    not null,
  replaced_at integer not null,
  primary key (number, revision)
) strict, without rowid;

create table session (
  id         text    primary key,
  user       text,
  title      text,
  started_at integer not null,
  last_at    integer not null,
  ended_at   integer,
  messages   integer not null,
  number     integer not null
) strict, without rowid;
create index session_by_time on session (last_at, number);

create table note (
  number        integer primary key,
  id            text    not null unique,
  version       integer not null,
  category      text    not null,
  user          text,
  session       text,
  importance    real    not null,
  pinned        integer not null,
  superseded_by text,
  created_at    integer not null,
  json          text    not null,
  length        integer not null,
  crc           integer not null
) strict;

create table note_history (
  number  integer not null,
  version integer not null,
  json    text    not null,
  primary key (number, version)
) strict, without rowid;

create table user_context (
  user    text    not null,
  version integer not null,
  at      integer not null,
  json    text    not null,
  crc     integer not null,
  primary key (user, version)
) strict, without rowid;

create table embedding_model (
  id        integer primary key,
  name      text    not null unique,
  dimension integer not null
) strict;

create table embedding (
  number integer primary key,
  model  integer not null,
  crc    integer not null,
  vector blob    not null
) strict;

create table idempotency (
  key         text    primary key,
  fingerprint text    not null,
  refs        text    not null,
  at          integer not null
) strict, without rowid;

create table archive_segment (
  name     text    primary key,
  messages integer not null,
  sha256   text    not null
) strict, without rowid;

create table archived (
  number  integer primary key,
  id      text    not null unique,
  session text    not null,
  user    text,
  at      integer not null,
  segment text    not null
) strict;
create index archived_in_session on archived (session, at, number);

create table meta (
  key   text primary key,
  value text not null
) strict, without rowid;

-- Terms come analysed, separated by blanks; the ascii tokenizer leaves every letter beyond ASCII as it is.
create virtual table keyword using fts5(body, context, content='', contentless_delete=1, tokenize='ascii');
create virtual table keyword_posting using fts5vocab(keyword, 'instance');
