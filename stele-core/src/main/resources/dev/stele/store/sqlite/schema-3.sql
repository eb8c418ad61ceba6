-- Schema 3. While items get vectors of another model, those of the model that serves stay where they are; meta's 'model' says
-- which serves. Rules by which words were analysed are in meta's 'rules'; items of before have none and are analysed anew.
create table embedding_coming (
  number integer primary key,
  model  integer not null,
  crc    integer not null,
  vector blob    not null
) strict;
insert into meta (key, value)
  select 'model', name from embedding_model
  where id = (select model from embedding group by model order by count(*) desc limit 1);
