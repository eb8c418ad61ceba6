-- Schema 4. The knowledge graph. Nothing in it is overwritten: what changes goes to a row of the past and what ends gets a time at
-- which it was retired, so that it can be asked what was known at a time. A name's key is what names have in common that are one.
create table entity (
  number      integer primary key,
  id          text    not null unique,
  version     integer not null,
  name        text    not null,
  key         text    not null,
  type        text    not null,
  aliases     text,
  attributes  text,
  stub        integer not null,
  created_at  integer not null,
  updated_at  integer not null,
  retired_at  integer,
  merged_into text,
  crc         integer not null
) strict;
create unique index entity_unique on entity (key, type) where retired_at is null;
create index entity_of_type on entity (type, number) where retired_at is null;

create table entity_version (
  number  integer not null,
  version integer not null,
  from_at integer not null,
  to_at   integer not null,
  json    text    not null,
  primary key (number, version)
) strict, without rowid;

-- Names and aliases, from when and until when; those of today have no end.
create table entity_name (
  key     text    not null,
  entity  integer not null,
  from_at integer not null,
  to_at   integer,
  primary key (key, entity, from_at)
) strict, without rowid;
create index entity_name_of on entity_name (entity);

create table observation (
  number      integer primary key,
  id          text    not null unique,
  entity      integer not null,
  content     text    not null,
  at          integer,
  sources     text,
  recorded_at integer not null,
  retired_at  integer,
  length      integer not null,
  traits      integer not null,
  crc         integer not null
) strict;
create index observation_of on observation (entity, number);

create table relation (
  number      integer primary key,
  id          text    not null,
  version     integer not null,
  source      integer not null,
  target      integer not null,
  type        text    not null,
  fact        text,
  weight      real    not null,
  attributes  text,
  valid_from  integer,
  valid_to    integer,
  sources     text,
  recorded_at integer not null,
  retired_at  integer,
  crc         integer not null,
  unique (id, version)
) strict;
create unique index relation_unique on relation (source, type, target, coalesce(valid_from, -9223372036854775808))
  where retired_at is null;
-- A walk over relations of today reads these two alone.
create index relation_from on relation (source, type, target, weight, valid_from, valid_to) where retired_at is null;
create index relation_to on relation (target, type, source, weight, valid_from, valid_to) where retired_at is null;
create index relation_once_from on relation (source) where retired_at is not null;
create index relation_once_to on relation (target) where retired_at is not null;

-- What comes from a message or a note: an observation, a relation, or, where it is mentioned, an entity.
create table provenance (
  item   text    not null,
  number integer not null,
  primary key (item, number)
) strict, without rowid;
create index provenance_of on provenance (number);

-- Which names, types and observations hold a piece of text.
create virtual table graph_text using fts5(body, type, content='', contentless_delete=1, tokenize='trigram');
