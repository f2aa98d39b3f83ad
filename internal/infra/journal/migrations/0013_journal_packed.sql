-- The body in its packed form; body is '' where there is one.
ALTER TABLE journal_entries ADD COLUMN packed bytea;
