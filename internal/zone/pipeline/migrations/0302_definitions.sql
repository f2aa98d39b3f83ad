CREATE TABLE pipeline_definitions (
  zone text NOT NULL,
  kind text NOT NULL,
  id text NOT NULL,
  version bigint NOT NULL,
  valid_from text NOT NULL,
  valid_to text NOT NULL,
  body text NOT NULL,
  source text NOT NULL,
  reason text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  PRIMARY KEY (zone, kind, id, version)
);
-- counts by stage, kind and currency are answered from this index alone
CREATE INDEX pipeline_projects_kinds ON pipeline_projects (zone, unit, owner, stage, kind, currency, total_minor, fixed_currency, fixed_minor);
DROP INDEX pipeline_projects_totals;
