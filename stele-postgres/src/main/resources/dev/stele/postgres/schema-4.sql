-- Schema 4. Hash of what an item says, by which repetitions are recognized without their texts; 0 if it is not known.
alter table stele.message add column form bigint not null default 0;
alter table stele.note add column form bigint not null default 0;
alter table stele.observation add column form bigint not null default 0;
alter table stele.passage add column form bigint not null default 0;
