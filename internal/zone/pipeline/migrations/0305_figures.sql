-- Amounts and quantities of a project, planned, promised, forecast and actual.
-- Rows are only ever added; taken_back says that nothing holds from effective_on.
CREATE TABLE pipeline_figures (
  zone text NOT NULL,
  project text NOT NULL,
  seq bigint NOT NULL,
  measure text NOT NULL,
  kind text NOT NULL,
  period text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  taken_back boolean NOT NULL,
  effective_on text NOT NULL,
  note text NOT NULL,
  evidence text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  PRIMARY KEY (zone, project, seq)
);
-- headline amounts whose day has come
CREATE INDEX pipeline_figures_effective ON pipeline_figures (zone, effective_on, project);

CREATE TABLE pipeline_instalments (
  zone text NOT NULL,
  id text NOT NULL,
  project text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  on_date text NOT NULL,
  source_kind text NOT NULL,
  evidence text NOT NULL,
  note text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  voided_at bigint NOT NULL,
  voided_by text NOT NULL,
  voided_why text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX pipeline_instalments_project ON pipeline_instalments (zone, project, on_date, id);

CREATE TABLE pipeline_facts (
  zone text NOT NULL,
  id text NOT NULL,
  project text NOT NULL,
  kind text NOT NULL,
  on_date text NOT NULL,
  code text NOT NULL,
  evidence text NOT NULL,
  note text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  voided_at bigint NOT NULL,
  voided_by text NOT NULL,
  voided_why text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX pipeline_facts_project ON pipeline_facts (zone, project, on_date, id);
CREATE UNIQUE INDEX pipeline_facts_once ON pipeline_facts (zone, project, kind) WHERE voided_at = 0;

-- Tax of a named firm: restricted, read by nothing but its own desk.
CREATE TABLE pipeline_tax (
  zone text NOT NULL,
  id text NOT NULL,
  project text NOT NULL,
  party text NOT NULL,
  period text NOT NULL,
  kind text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  source text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  voided_at bigint NOT NULL,
  voided_by text NOT NULL,
  voided_why text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX pipeline_tax_project ON pipeline_tax (zone, project, period, id);
CREATE UNIQUE INDEX pipeline_tax_once ON pipeline_tax (zone, project, party, period, kind) WHERE voided_at = 0;
