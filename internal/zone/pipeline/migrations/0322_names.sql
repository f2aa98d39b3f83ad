-- The search index of projects' names, see package grams: what was written and is
-- not indexed yet,
CREATE TABLE pipeline_names_fresh (
  zone text NOT NULL,
  id text NOT NULL,
  text text NOT NULL,
  PRIMARY KEY (zone, id)
-- +sqlite
) WITHOUT ROWID,
-- +end
-- +pg
)
-- +end
;
-- what is, by number, with a sum of its text,
CREATE TABLE pipeline_names (
  zone text NOT NULL,
  id text NOT NULL,
  n bigint NOT NULL,
  sum bigint NOT NULL,
  PRIMARY KEY (zone, id)
-- +sqlite
) WITHOUT ROWID,
-- +end
-- +pg
)
-- +end
;
CREATE UNIQUE INDEX pipeline_names_n ON pipeline_names (zone, n);
-- and in which numbers each gram is.
-- +sqlite
CREATE VIRTUAL TABLE pipeline_names_fts USING fts5(grams, content='', contentless_delete=1, detail=none, tokenize='ascii');
-- +end
-- +pg
CREATE TABLE pipeline_names_grams (
  zone text NOT NULL,
  gram bigint NOT NULL,
  n bigint NOT NULL,
  PRIMARY KEY (zone, gram, n)
);
CREATE INDEX pipeline_names_grams_n ON pipeline_names_grams (zone, n);
-- +end
