CREATE TABLE pipeline_projects (
  zone text NOT NULL,
  id text NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  name_sort text NOT NULL,
  kind text NOT NULL,
  builds boolean NOT NULL,
  investor text NOT NULL,
  investor_name text NOT NULL,
  industry text NOT NULL,
  industry_text text NOT NULL,
  site text NOT NULL,
  scope text NOT NULL,
  summary text NOT NULL,
  source text NOT NULL,
  finder text NOT NULL,
  found_on text NOT NULL,
  total_minor bigint NOT NULL,
  currency text NOT NULL,
  fixed_minor bigint NOT NULL,
  fixed_currency text NOT NULL,
  terms text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  stage text NOT NULL,
  prior text NOT NULL,
  stage_since text NOT NULL,
  reason text NOT NULL,
  signing_held_by text NOT NULL,
  missing bigint NOT NULL,
  origin text NOT NULL,
  origin_run text NOT NULL,
  origin_key text NOT NULL,
  origin_author text NOT NULL,
  origin_on text NOT NULL,
  search text NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE UNIQUE INDEX pipeline_projects_code ON pipeline_projects (zone, code);
CREATE UNIQUE INDEX pipeline_projects_origin ON pipeline_projects (zone, origin_key) WHERE origin_key <> '';
CREATE INDEX pipeline_projects_updated ON pipeline_projects (zone, updated_at, id);
CREATE INDEX pipeline_projects_stage ON pipeline_projects (zone, stage, updated_at, id);
CREATE INDEX pipeline_projects_unit ON pipeline_projects (zone, unit, updated_at, id);
CREATE INDEX pipeline_projects_owner ON pipeline_projects (zone, owner, updated_at, id);
CREATE INDEX pipeline_projects_amount ON pipeline_projects (zone, currency, total_minor, id);
CREATE INDEX pipeline_projects_name ON pipeline_projects (zone, name_sort, id);
CREATE INDEX pipeline_projects_since ON pipeline_projects (zone, stage_since, id);
CREATE INDEX pipeline_projects_investor ON pipeline_projects (zone, investor, id);
CREATE INDEX pipeline_projects_run ON pipeline_projects (zone, origin_run) WHERE origin_run <> '';
-- the totals by currency and stage are answered from this index alone, for a whole zone and for one department or official
CREATE INDEX pipeline_projects_totals ON pipeline_projects (zone, unit, owner, stage, currency, total_minor, fixed_currency, fixed_minor);

CREATE TABLE pipeline_milestones (
  zone text NOT NULL,
  project text NOT NULL,
  seq bigint NOT NULL,
  stage text NOT NULL,
  kind text NOT NULL,
  on_date text NOT NULL,
  on_precision text NOT NULL,
  note text NOT NULL,
  from_text boolean NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  PRIMARY KEY (zone, project, seq)
);

CREATE TABLE pipeline_evidence (
  zone text NOT NULL,
  id text NOT NULL,
  project text NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  file text NOT NULL,
  file_name text NOT NULL,
  media_type text NOT NULL,
  size bigint NOT NULL,
  sha256 text NOT NULL,
  on_date text NOT NULL,
  class text NOT NULL,
  note text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  withdrawn_at bigint NOT NULL,
  withdrawn_by text NOT NULL,
  withdrawn_why text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX pipeline_evidence_project ON pipeline_evidence (zone, project, recorded_at, id);

CREATE TABLE pipeline_signoffs (
  zone text NOT NULL,
  id text NOT NULL,
  project text NOT NULL,
  stage text NOT NULL,
  role text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  opinion text NOT NULL,
  recorded_at bigint NOT NULL,
  voided_at bigint NOT NULL,
  voided_why text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX pipeline_signoffs_project ON pipeline_signoffs (zone, project, recorded_at, id);
CREATE UNIQUE INDEX pipeline_signoffs_once ON pipeline_signoffs (zone, project, stage, role) WHERE voided_at = 0;

CREATE TABLE pipeline_signings (
  zone text NOT NULL,
  id text NOT NULL,
  held_key text NOT NULL,
  project text NOT NULL,
  identity text NOT NULL,
  site text NOT NULL,
  scope text NOT NULL,
  on_date text NOT NULL,
  follows text NOT NULL,
  released_at bigint NOT NULL,
  released_why text NOT NULL,
  past_key text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE UNIQUE INDEX pipeline_signings_once ON pipeline_signings (zone, held_key) WHERE held_key <> '';
CREATE UNIQUE INDEX pipeline_signings_project ON pipeline_signings (zone, project) WHERE held_key <> '';
CREATE INDEX pipeline_signings_past ON pipeline_signings (zone, past_key, released_at) WHERE past_key <> '';

CREATE TABLE pipeline_ceremonies (
  zone text NOT NULL,
  id text NOT NULL,
  signing text NOT NULL,
  project text NOT NULL,
  on_date text NOT NULL,
  note text NOT NULL,
  is_first boolean NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX pipeline_ceremonies_signing ON pipeline_ceremonies (zone, signing, on_date, id);
CREATE INDEX pipeline_ceremonies_project ON pipeline_ceremonies (zone, project, on_date, id);

CREATE TABLE pipeline_counters (
  zone text NOT NULL,
  year text NOT NULL,
  last_no bigint NOT NULL,
  PRIMARY KEY (zone, year)
);
