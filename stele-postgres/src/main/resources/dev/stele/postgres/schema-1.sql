-- Schema 1. All agents share the tables; the agent leads every key, so that rows of one lie together and tables can be spread by
-- it. Times are milliseconds since 1970 UTC. A number is the change that made the row. Rows with content carry a CRC-32C over
-- their fields. Text is compared by its bytes, as everywhere in Stele.

create table stele.agent (
  number     bigint generated always as identity primary key,
  name       text collate "C" not null unique,
  created_at timestamptz not null default now()
);

create table stele.change (
  agent  bigint not null,
  number bigint not null,
  at     bigint not null,
  kind   bigint not null,
  item   bigint not null,
  ref    text,
  primary key (agent, number)
) {partitioned};

create table stele.message (
  agent     bigint not null,
  number    bigint not null,
  id        text collate "C" not null,
  session   text collate "C" not null,
  "user"    text collate "C",
  role      text   not null,
  content   text   not null,
  at        bigint not null,
  edited_at bigint,
  metadata  text,
  length    bigint not null,
  traits    bigint not null,
  crc       bigint not null,
  primary key (agent, number),
  unique (agent, id)
) {partitioned};
create index message_in_session on stele.message (agent, session, at, number);
create index message_by_time on stele.message (agent, at, number);

create table stele.message_revision (
  agent       bigint not null,
  number      bigint not null,
  revision    bigint not null,
  content     text   not null,
  replaced_at bigint not null,
  primary key (agent, number, revision)
) {partitioned};

create table stele.session (
  agent      bigint not null,
  id         text collate "C" not null,
  "user"     text collate "C",
  title      text,
  started_at bigint not null,
  last_at    bigint not null,
  ended_at   bigint,
  messages   bigint not null,
  number     bigint not null,
  primary key (agent, id)
) {partitioned};
create index session_by_time on stele.session (agent, last_at, number);

create table stele.note (
  agent         bigint not null,
  number        bigint not null,
  id            text collate "C" not null,
  version       bigint not null,
  category      text collate "C" not null,
  "user"        text collate "C",
  session       text collate "C",
  importance    double precision not null,
  pinned        bigint not null,
  superseded_by text,
  created_at    bigint not null,
  json          text   not null,
  length        bigint not null,
  traits        bigint not null,
  crc           bigint not null,
  primary key (agent, number),
  unique (agent, id)
) {partitioned};
create index note_of_user on stele.note (agent, "user", number);

create table stele.note_history (
  agent   bigint not null,
  number  bigint not null,
  version bigint not null,
  json    text   not null,
  primary key (agent, number, version)
) {partitioned};

create table stele.note_use (
  agent  bigint not null,
  number bigint not null,
  uses   bigint not null,
  last   bigint not null,
  primary key (agent, number)
) {partitioned};

create table stele.user_context (
  agent   bigint not null,
  "user"  text collate "C" not null,
  version bigint not null,
  at      bigint not null,
  json    text   not null,
  crc     bigint not null,
  primary key (agent, "user", version)
) {partitioned};

create table stele.embedding_model (
  agent     bigint not null,
  id        bigint not null,
  name      text collate "C" not null,
  dimension bigint not null,
  primary key (agent, id),
  unique (agent, name)
) {partitioned};

create table stele.embedding (
  agent  bigint not null,
  number bigint not null,
  model  bigint not null,
  crc    bigint not null,
  vector bytea  not null,
  primary key (agent, number)
) {partitioned};

create table stele.embedding_coming (
  agent  bigint not null,
  number bigint not null,
  model  bigint not null,
  crc    bigint not null,
  vector bytea  not null,
  primary key (agent, number)
) {partitioned};

create table stele.idempotency (
  agent       bigint not null,
  key         text collate "C" not null,
  fingerprint text   not null,
  refs        text   not null,
  at          bigint not null,
  primary key (agent, key)
) {partitioned};

create table stele.archive_segment (
  agent    bigint not null,
  name     text collate "C" not null,
  messages bigint not null,
  sha256   text   not null,
  primary key (agent, name)
) {partitioned};

-- The archive's files, where no directory is named for them. They are compressed already.
create table stele.archive_file (
  agent   bigint not null,
  name    text collate "C" not null,
  at      timestamptz not null default now(),
  content bytea  not null,
  primary key (agent, name)
) {partitioned};

create table stele.archived (
  agent   bigint not null,
  number  bigint not null,
  id      text collate "C" not null,
  session text collate "C" not null,
  "user"  text collate "C",
  at      bigint not null,
  segment text collate "C" not null,
  primary key (agent, number),
  unique (agent, id)
) {partitioned};
create index archived_in_session on stele.archived (agent, session, at, number);

create table stele.meta (
  agent bigint not null,
  key   text collate "C" not null,
  value text   not null,
  primary key (agent, key)
) {partitioned};

-- Words come analysed. Each stands with its agent's number before it, so that the index has one list for a word of an agent and
-- not one for a word of all.
create table stele.keyword (
  agent  bigint   not null,
  number bigint   not null,
  words  tsvector not null,
  primary key (agent, number)
) {partitioned};
create index keyword_words on stele.keyword using gin (words) with (fastupdate = off);

create table stele.entity (
  agent       bigint not null,
  number      bigint not null,
  id          text collate "C" not null,
  version     bigint not null,
  name        text   not null,
  key         text collate "C" not null,
  type        text collate "C" not null,
  aliases     text,
  attributes  text,
  stub        bigint not null,
  created_at  bigint not null,
  updated_at  bigint not null,
  retired_at  bigint,
  merged_into text,
  crc         bigint not null,
  primary key (agent, number),
  unique (agent, id)
) {partitioned};
create unique index entity_unique on stele.entity (agent, key, type) where retired_at is null;
create index entity_of_type on stele.entity (agent, type, number) where retired_at is null;

create table stele.entity_version (
  agent   bigint not null,
  number  bigint not null,
  version bigint not null,
  from_at bigint not null,
  to_at   bigint not null,
  json    text   not null,
  primary key (agent, number, version)
) {partitioned};

create table stele.entity_name (
  agent   bigint not null,
  key     text collate "C" not null,
  entity  bigint not null,
  from_at bigint not null,
  to_at   bigint,
  primary key (agent, key, entity, from_at)
) {partitioned};
create index entity_name_of on stele.entity_name (agent, entity);

create table stele.observation (
  agent       bigint not null,
  number      bigint not null,
  id          text collate "C" not null,
  entity      bigint not null,
  content     text   not null,
  at          bigint,
  sources     text,
  recorded_at bigint not null,
  retired_at  bigint,
  length      bigint not null,
  traits      bigint not null,
  crc         bigint not null,
  primary key (agent, number),
  unique (agent, id)
) {partitioned};
create index observation_of on stele.observation (agent, entity, number);

create table stele.relation (
  agent       bigint not null,
  number      bigint not null,
  id          text collate "C" not null,
  version     bigint not null,
  source      bigint not null,
  target      bigint not null,
  type        text collate "C" not null,
  fact        text,
  weight      double precision not null,
  attributes  text,
  valid_from  bigint,
  valid_to    bigint,
  sources     text,
  recorded_at bigint not null,
  retired_at  bigint,
  crc         bigint not null,
  primary key (agent, number),
  unique (agent, id, version)
) {partitioned};
create unique index relation_unique
  on stele.relation (agent, source, type, target, coalesce(valid_from, -9223372036854775808)) where retired_at is null;
create index relation_from on stele.relation (agent, source, type, target) where retired_at is null;
create index relation_to on stele.relation (agent, target, type, source) where retired_at is null;
create index relation_once_from on stele.relation (agent, source) where retired_at is not null;
create index relation_once_to on stele.relation (agent, target) where retired_at is not null;

create table stele.provenance (
  agent  bigint not null,
  item   text collate "C" not null,
  number bigint not null,
  primary key (agent, item, number)
) {partitioned};
create index provenance_of on stele.provenance (agent, number);

-- Names, types and observations in small letters, for pieces of them.
create table stele.graph_text (
  agent  bigint not null,
  number bigint not null,
  body   text   not null,
  primary key (agent, number)
) {partitioned};

create table stele.interaction (
  agent      bigint not null,
  number     bigint not null,
  id         text collate "C" not null,
  "user"     text collate "C",
  state      bigint not null,
  created_at bigint not null,
  json       text   not null,
  crc        bigint not null,
  primary key (agent, number),
  unique (agent, id)
) {partitioned};
create index interaction_pending on stele.interaction (agent, number) where state = 0;
create index interaction_of_user on stele.interaction (agent, "user", number);

create table stele.consolidation (
  agent  bigint not null,
  number bigint not null,
  id     text collate "C" not null,
  "user" text collate "C",
  json   text   not null,
  crc    bigint not null,
  primary key (agent, number),
  unique (agent, id)
) {partitioned};
create index consolidation_of_user on stele.consolidation (agent, "user", number);

create table stele.agent_record (
  agent   bigint not null,
  name    text collate "C" not null,
  version bigint not null,
  at      bigint not null,
  json    text   not null,
  crc     bigint not null,
  primary key (agent, name)
) {partitioned};

create table stele.document (
  agent      bigint not null,
  number     bigint not null,
  id         text collate "C" not null,
  collection text collate "C" not null,
  hash       text collate "C" not null,
  json       text   not null,
  crc        bigint not null,
  primary key (agent, number),
  unique (agent, collection, id)
) {partitioned};
create index document_by_hash on stele.document (agent, collection, hash);

create table stele.passage (
  agent    bigint not null,
  number   bigint not null,
  id       text collate "C" not null,
  document bigint not null,
  position bigint not null,
  heading  text   not null,
  content  text   not null,
  hash     text collate "C" not null,
  at       bigint not null,
  length   bigint not null,
  traits   bigint not null,
  crc      bigint not null,
  primary key (agent, number),
  unique (agent, id)
) {partitioned};
create index passage_of on stele.passage (agent, document, position);
create index passage_by_hash on stele.passage (agent, hash);

-- Who may do background work of an agent, until when by the server's clock. The token grows with each holder.
create table stele.lease (
  agent     bigint not null,
  name      text collate "C" not null,
  token     bigint not null,
  holder    text   not null,
  until_at  timestamptz not null,
  primary key (agent, name)
) {partitioned};

-- Agents that have work waiting.
create table stele.due (
  agent bigint primary key
);

-- Background jobs; here "agent" is a name, if any.
create table stele.task (
  number bigint generated always as identity primary key,
  id text not null unique,
  kind text not null,
  agent text collate "C",
  arguments text not null,
  priority bigint not null,
  attempts_most bigint not null,
  timeout bigint not null,
  state text not null,
  attempts bigint not null default 0,
  created_at bigint not null,
  not_before bigint not null,
  started_at bigint,
  ended_at bigint,
  lease_until bigint,
  cancel bigint not null default 0,
  progress text,
  error text,
  result text
);
create index task_open on stele.task (priority desc, not_before, number) where state in ('queued', 'running');
create index task_ended on stele.task (ended_at) where ended_at is not null;
