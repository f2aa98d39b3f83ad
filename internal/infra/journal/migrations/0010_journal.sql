-- One act each. body is open (internal) JSON; private holds personal and
-- restricted fields and is erasable together with its salt. seq is the index
-- of the leaf, NULL until sequenced.
CREATE TABLE journal_entries (
  zone text NOT NULL,
  id text NOT NULL,
  ord bigint NOT NULL,
  seq bigint,
  at bigint NOT NULL,
  actor text NOT NULL,
  verb text NOT NULL,
  object text NOT NULL,
  body text NOT NULL,
  salt bytea NOT NULL,
  body_hash text NOT NULL,
  private text,
  private_salt bytea,
  private_hash text NOT NULL,
  erased_at bigint,
  PRIMARY KEY (zone, id)
);
CREATE INDEX journal_entries_ord ON journal_entries (zone, ord, id);
CREATE INDEX journal_entries_object ON journal_entries (zone, object, ord);
CREATE UNIQUE INDEX journal_entries_seq ON journal_entries (zone, seq);
CREATE INDEX journal_entries_waiting ON journal_entries (zone, ord) WHERE seq IS NULL;

-- Stored hashes of the Merkle tree in tlog's order.
CREATE TABLE journal_hashes (
  zone text NOT NULL,
  idx bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (zone, idx)
);

-- Signed heads of the tree, oldest first; the newest tells the tree's size.
CREATE TABLE journal_checkpoints (
  zone text NOT NULL,
  size bigint NOT NULL,
  at bigint NOT NULL,
  note text NOT NULL,
  PRIMARY KEY (zone, size)
);
