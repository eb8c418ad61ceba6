-- Schema 10. Terms of the latest items, which the keyword index takes in batches: one transaction that adds hundreds of
-- items to it writes fewer pages than many that add a few. A column begins and ends with a blank, so that a term can be
-- searched together with the blanks around it.
create table pending_terms (
  number  integer primary key,
  body    text not null,
  context text not null
) strict;
