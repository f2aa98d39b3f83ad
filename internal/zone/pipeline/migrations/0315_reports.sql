CREATE TABLE pipeline_reports (
  zone text NOT NULL,
  id text NOT NULL,
  firm text NOT NULL,
  firm_name text NOT NULL,
  credit_code text NOT NULL,
  lei text NOT NULL,
  country text NOT NULL,
  foreign_reg_no text NOT NULL,
  identity text NOT NULL,
  party text NOT NULL,
  project text NOT NULL,
  source text NOT NULL,
  intent text NOT NULL,
  complete_at bigint NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  reported_at bigint NOT NULL,
  protected_until text NOT NULL,
  rule_version bigint NOT NULL,
  extensions bigint NOT NULL,
  extended_at bigint NOT NULL,
  extended_by text NOT NULL,
  talk_on text NOT NULL,
  talk_minutes text NOT NULL,
  talk_evidence text NOT NULL,
  talk_firm_people text NOT NULL,
  talk_zone_people text NOT NULL,
  status text NOT NULL,
  reason text NOT NULL,
  conflict text NOT NULL,
  search text NOT NULL,
  version bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX pipeline_reports_firm ON pipeline_reports (zone, firm, status);
CREATE INDEX pipeline_reports_identity ON pipeline_reports (zone, identity);
CREATE INDEX pipeline_reports_party ON pipeline_reports (zone, party);
CREATE INDEX pipeline_reports_project ON pipeline_reports (zone, project);
CREATE INDEX pipeline_reports_at ON pipeline_reports (zone, reported_at, id);
CREATE INDEX pipeline_reports_unit ON pipeline_reports (zone, unit, reported_at, id);
CREATE INDEX pipeline_reports_owner ON pipeline_reports (zone, owner, reported_at, id);
CREATE INDEX pipeline_reports_until ON pipeline_reports (zone, status, protected_until, id);

CREATE TABLE pipeline_conflicts (
  zone text NOT NULL,
  id text NOT NULL,
  ground text NOT NULL,
  first text NOT NULL,
  second text NOT NULL,
  since_on text NOT NULL,
  claim text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  opened_at bigint NOT NULL,
  opened_by text NOT NULL,
  opened_by_name text NOT NULL,
  due_on text NOT NULL,
  due_provisional boolean NOT NULL,
  state text NOT NULL,
  winner text NOT NULL,
  reason text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  decided_at bigint NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX pipeline_conflicts_opened ON pipeline_conflicts (zone, opened_at, id);
CREATE INDEX pipeline_conflicts_state ON pipeline_conflicts (zone, state, opened_at, id);

CREATE TABLE pipeline_shares (
  zone text NOT NULL,
  project text NOT NULL,
  rows text NOT NULL,
  reason text NOT NULL,
  set_at bigint NOT NULL,
  set_by text NOT NULL,
  set_by_name text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (zone, project)
);
