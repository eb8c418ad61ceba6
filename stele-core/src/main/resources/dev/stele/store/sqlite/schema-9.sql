-- Schema 9. Hash of what an item says, by which repetitions are recognized without their texts; 0 if it is not known.
alter table message add column form integer not null default 0;
alter table note add column form integer not null default 0;
alter table observation add column form integer not null default 0;
alter table passage add column form integer not null default 0;
