-- Schema 2. What a ranking wants to know of a text and cannot ask of it: bits, see the class Traits.
alter table message add column traits integer not null default 0;
alter table note add column traits integer not null default 0;
update message set traits = 1 where rtrim(content) like '%?';
