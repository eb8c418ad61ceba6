-- Schema 3. Users who share a session (a room). A session without rows belongs to its user alone.
create table stele.participant (
  agent   bigint not null,
  session text collate "C" not null,
  "user"  text collate "C" not null,
  primary key (agent, session, "user")
) {partitioned};
create index participant_of_user on stele.participant (agent, "user");
