-- Platforms, who ran them since when, contracts with operators and the tasks
-- under them. unit and owner are what permission is asked about: of a platform
-- the responsible department, of a contract and a task the operator; owner is
-- the official who looks after a contract and who accepts a task.
CREATE TABLE platform_platforms (
  zone text NOT NULL,
  id text NOT NULL,
  playbook text NOT NULL,
  track text NOT NULL,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  mission_zh text NOT NULL,
  mission_en text NOT NULL,
  source text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  operator text NOT NULL,
  since_on text NOT NULL,
  until_on text NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE UNIQUE INDEX platform_platforms_playbook ON platform_platforms (zone, playbook) WHERE playbook <> '' AND until_on = '';
CREATE UNIQUE INDEX platform_platforms_name ON platform_platforms (zone, name_zh) WHERE until_on = '';
CREATE INDEX platform_platforms_unit ON platform_platforms (zone, unit, id);
CREATE INDEX platform_platforms_operator ON platform_platforms (zone, operator, id);

CREATE TABLE platform_operators (
  zone text NOT NULL,
  platform text NOT NULL,
  since_on text NOT NULL,
  operator text NOT NULL,
  reason text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  PRIMARY KEY (zone, platform, since_on)
);

CREATE TABLE platform_contracts (
  zone text NOT NULL,
  id text NOT NULL,
  platform text NOT NULL,
  number text NOT NULL,
  title text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  signed_on text NOT NULL,
  since_on text NOT NULL,
  until_on text NOT NULL,
  procurement text NOT NULL,
  note text NOT NULL,
  closed_on text NOT NULL,
  closed_why text NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE UNIQUE INDEX platform_contracts_number ON platform_contracts (zone, number);
CREATE INDEX platform_contracts_platform ON platform_contracts (zone, platform, id);
CREATE INDEX platform_contracts_unit ON platform_contracts (zone, unit, id);

CREATE TABLE platform_tasks (
  zone text NOT NULL,
  id text NOT NULL,
  contract text NOT NULL,
  platform text NOT NULL,
  seq bigint NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  title text NOT NULL,
  evidence text NOT NULL,
  due_on text NOT NULL,
  state text NOT NULL,
  submitted_on text NOT NULL,
  decided_on text NOT NULL,
  reason text NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE UNIQUE INDEX platform_tasks_seq ON platform_tasks (zone, contract, seq);
CREATE INDEX platform_tasks_platform ON platform_tasks (zone, platform, state, due_on);
CREATE INDEX platform_tasks_unit ON platform_tasks (zone, unit, state, due_on, id);
CREATE INDEX platform_tasks_owner ON platform_tasks (zone, owner, state, due_on, id);

CREATE TABLE platform_submissions (
  zone text NOT NULL,
  id text NOT NULL,
  contract text NOT NULL,
  task text NOT NULL,
  kind text NOT NULL,
  text text NOT NULL,
  file text NOT NULL,
  file_name text NOT NULL,
  media_type text NOT NULL,
  size bigint NOT NULL,
  sha256 text NOT NULL,
  on_date text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX platform_submissions_contract ON platform_submissions (zone, contract, recorded_at, id);

CREATE TABLE platform_reviews (
  zone text NOT NULL,
  id text NOT NULL,
  contract text NOT NULL,
  task text NOT NULL,
  decision text NOT NULL,
  reason text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX platform_reviews_contract ON platform_reviews (zone, contract, recorded_at, id);
