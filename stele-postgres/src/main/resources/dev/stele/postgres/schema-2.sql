-- Schema 2. Lineage: from which items each item was derived. It replaces provenance, which named some sources of the graph only.
-- Source 0 stands for the caller: the item was written by hand before anything was derived into it.
create table stele.lineage (
  agent  bigint not null,
  source bigint not null,
  item   bigint not null,
  primary key (agent, source, item)
) {partitioned};
create index lineage_of on stele.lineage (agent, item, source);

-- Whose a message was that retention has removed while something derived from it remains.
create table stele.expired_source (
  agent   bigint not null,
  number  bigint not null,
  "user"  text collate "C",
  session text collate "C" not null,
  primary key (agent, number)
) {partitioned};
create index expired_source_of_user on stele.expired_source (agent, "user");

insert into stele.lineage
  select p.agent, m.number, p.number from stele.provenance p join stele.message m on m.agent = p.agent and m.id = p.item
  union select p.agent, a.number, p.number from stele.provenance p join stele.archived a on a.agent = p.agent and a.id = p.item
  union select p.agent, n.number, p.number from stele.provenance p join stele.note n on n.agent = p.agent and n.id = p.item
  on conflict do nothing;
-- What is derived about an entity is a source of the entity too.
insert into stele.lineage
  select l.agent, l.source, o.entity from stele.lineage l join stele.observation o on o.agent = l.agent and o.number = l.item
  union select l.agent, l.source, r.source from stele.lineage l join stele.relation r on r.agent = l.agent and r.number = l.item
  union select l.agent, l.source, r.target from stele.lineage l join stele.relation r on r.agent = l.agent and r.number = l.item
  on conflict do nothing;
insert into stele.lineage
  select n.agent, m.number, n.number from stele.note n
    cross join lateral json_array_elements_text(coalesce(n.json::json -> 'provenance', '[]')) p(id)
    join stele.message m on m.agent = n.agent and m.id = p.id
  union select n.agent, a.number, n.number from stele.note n
    cross join lateral json_array_elements_text(coalesce(n.json::json -> 'provenance', '[]')) p(id)
    join stele.archived a on a.agent = n.agent and a.id = p.id
  on conflict do nothing;
insert into stele.lineage
  select i.agent, m.number, i.number from stele.interaction i
    cross join lateral json_array_elements_text(coalesce(i.json::json -> 'messages', '[]')) p(id)
    join stele.message m on m.agent = i.agent and m.id = p.id
  union select i.agent, a.number, i.number from stele.interaction i
    cross join lateral json_array_elements_text(coalesce(i.json::json -> 'messages', '[]')) p(id)
    join stele.archived a on a.agent = i.agent and a.id = p.id
  on conflict do nothing;
insert into stele.lineage
  select c.agent, n.number, c.number from stele.consolidation c
    cross join lateral json_array_elements(coalesce(c.json::json -> 'steps', '[]')) s(step)
    cross join lateral json_array_elements_text(coalesce(s.step -> 'notes', '[]')) p(id)
    join stele.note n on n.agent = c.agent and n.id = p.id
  union select c.agent, n.number, c.number from stele.consolidation c
    cross join lateral json_array_elements(coalesce(c.json::json -> 'steps', '[]')) s(step)
    join stele.note n on n.agent = c.agent and n.id = s.step ->> 'made'
  on conflict do nothing;
-- A note made by a merge is derived from all that the merged notes were derived from.
insert into stele.lineage
  select c.agent, l.source, n.number from stele.consolidation c
    cross join lateral json_array_elements(coalesce(c.json::json -> 'steps', '[]')) s(step)
    cross join lateral json_array_elements_text(coalesce(s.step -> 'notes', '[]')) p(id)
    join stele.note o on o.agent = c.agent and o.id = p.id
    join stele.lineage l on l.agent = c.agent and l.item = o.number
    join stele.note n on n.agent = c.agent and n.id = s.step ->> 'made'
  on conflict do nothing;
drop table stele.provenance;
