-- Schema 6. Documents in collections, cut into passages, which are items that can be recalled. A passage's text stands once in a
-- collection.
create table document (
  number     integer primary key,
  id         text    not null,
  collection text    not null,
  hash       text    not null,
  json       text    not null,
  crc        integer not null,
  unique (collection, id)
) strict;
create index document_by_hash on document (collection, hash);

create table passage (
  number   integer primary key,
  id       text    not null unique,
  document integer not null,
  position integer not null,
  heading  text    not null,
  content  text    not null,
  hash     text    not null,
  at       integer not null,
  length   integer not null,
  traits   integer not null,
  crc      integer not null
) strict;
create index passage_of on passage (document, position);
create index passage_by_hash on passage (hash);
