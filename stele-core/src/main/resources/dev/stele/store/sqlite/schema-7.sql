-- Schema 7. Lineage: from which items each item was derived. It replaces provenance, which named some sources of the graph only.
-- Source 0 stands for the caller: the item was written by hand before anything was derived into it.
create table lineage (
  source integer not null,
  item   integer not null,
  primary key (source, item)
) strict, without rowid;
create index lineage_of on lineage (item, source);

-- Whose a message was that retention has removed while something derived from it remains.
create table expired_source (
  number  integer primary key,
  user    text,
  session text not null
) strict;
create index expired_source_of_user on expired_source (user);

insert or ignore into lineage
  select m.number, p.number from provenance p join message m on m.id = p.item
  union select a.number, p.number from provenance p join archived a on a.id = p.item
  union select n.number, p.number from provenance p join note n on n.id = p.item;
-- What is derived about an entity is a source of the entity too.
insert or ignore into lineage
  select l.source, o.entity from lineage l join observation o on o.number = l.item
  union select l.source, r.source from lineage l join relation r on r.number = l.item
  union select l.source, r.target from lineage l join relation r on r.number = l.item;
insert or ignore into lineage
  select m.number, n.number from note n, json_each(n.json, '$.provenance') p join message m on m.id = p.value
  union select a.number, n.number from note n, json_each(n.json, '$.provenance') p join archived a on a.id = p.value;
insert or ignore into lineage
  select m.number, i.number from interaction i, json_each(i.json, '$.messages') p join message m on m.id = p.value
  union select a.number, i.number from interaction i, json_each(i.json, '$.messages') p join archived a on a.id = p.value;
insert or ignore into lineage
  select n.number, c.number from consolidation c, json_each(c.json, '$.steps') s, json_each(s.value, '$.notes') p
    join note n on n.id = p.value
  union select n.number, c.number from consolidation c, json_each(c.json, '$.steps') s
    join note n on n.id = json_extract(s.value, '$.made');
-- A note made by a merge is derived from all that the merged notes were derived from.
insert or ignore into lineage
  select l.source, n.number from consolidation c, json_each(c.json, '$.steps') s, json_each(s.value, '$.notes') p
    join note old on old.id = p.value join lineage l on l.item = old.number
    join note n on n.id = json_extract(s.value, '$.made');
drop table provenance;
