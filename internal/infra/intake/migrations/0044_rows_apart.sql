-- The rows of a run lie in the order of their numbers, and only few are looked
-- for otherwise: each index less is written 100,000 times less. Which row has a
-- key already, the program knows by number.
DROP INDEX intake_rows_key;
DROP INDEX intake_rows_status;
DROP INDEX intake_rows_object;
-- +sqlite
CREATE TABLE intake_rows_apart (
  zone text NOT NULL,
  run text NOT NULL,
  number bigint NOT NULL,
  status text NOT NULL,
  row_key text NOT NULL,
  title text NOT NULL,
  object text NOT NULL,
  base bigint NOT NULL,
  version bigint NOT NULL,
  vals text NOT NULL,
  before text NOT NULL,
  notes text NOT NULL,
  reasons text NOT NULL,
  merged_into bigint NOT NULL,
  PRIMARY KEY (zone, run, number)
) WITHOUT ROWID,;
INSERT INTO intake_rows_apart SELECT zone, run, number, status, row_key, title, object, base, version, vals, before, notes, reasons, merged_into FROM intake_rows;
DROP TABLE intake_rows;
ALTER TABLE intake_rows_apart RENAME TO intake_rows;
-- +end
CREATE INDEX intake_rows_object ON intake_rows (zone, run, object) WHERE status IN ('changed', 'unchanged');
CREATE INDEX intake_rows_status ON intake_rows (zone, run, status, number) WHERE status NOT IN ('waiting', 'new');
