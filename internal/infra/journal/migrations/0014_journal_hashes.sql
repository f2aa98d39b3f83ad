-- A hash lies under its place: the key is not kept a second time.
-- +sqlite
CREATE TABLE journal_hashes_once (
  zone text NOT NULL,
  idx bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (zone, idx)
) WITHOUT ROWID,;
INSERT INTO journal_hashes_once SELECT zone, idx, hash FROM journal_hashes ORDER BY zone, idx;
DROP TABLE journal_hashes;
ALTER TABLE journal_hashes_once RENAME TO journal_hashes;
-- +end
