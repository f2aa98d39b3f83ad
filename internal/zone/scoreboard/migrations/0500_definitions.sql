CREATE TABLE scoreboard_definitions (
  zone text NOT NULL,
  id text NOT NULL,
  version bigint NOT NULL,
  valid_from text NOT NULL,
  body text NOT NULL,
  source text NOT NULL,
  reason text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  PRIMARY KEY (zone, id, version)
);
