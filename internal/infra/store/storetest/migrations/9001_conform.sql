-- Tables of the conformance suite.
CREATE TABLE conform_items (
  zone    text    NOT NULL,
  id      text    NOT NULL,
  name    text,
  sort    text    NOT NULL DEFAULT '',
  n       bigint,
  flag    boolean NOT NULL DEFAULT false,
  data    bytea,
  ratio   double precision,
  doc     text    NOT NULL DEFAULT '{}',
  PRIMARY KEY (zone, id)
);
CREATE INDEX conform_items_by_n ON conform_items (zone, n, id);

CREATE TABLE conform_names (
  zone text NOT NULL,
  id   text NOT NULL,
  name text NOT NULL,
  live boolean NOT NULL,
  item text,
  PRIMARY KEY (zone, id),
  UNIQUE (zone, name),
  FOREIGN KEY (zone, item) REFERENCES conform_items (zone, id)
);
CREATE UNIQUE INDEX conform_names_live ON conform_names (zone, item) WHERE live;

-- +sqlite
CREATE TABLE conform_engine (zone text NOT NULL, name text NOT NULL DEFAULT 'sqlite; -- not a comment', PRIMARY KEY (zone));
-- +end
-- +pg
CREATE TABLE conform_engine (zone text NOT NULL, name text NOT NULL DEFAULT 'postgres; -- not a comment', PRIMARY KEY (zone));
-- +end
