-- Schema 8. Users who share a session (a room). A session without rows belongs to its user alone.
create table participant (
  session text not null,
  user    text not null,
  primary key (session, user)
) strict, without rowid;
create index participant_of_user on participant (user);
