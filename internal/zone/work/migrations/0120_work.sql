CREATE TABLE work_tasks (
  zone text NOT NULL,
  id text NOT NULL,
  title text NOT NULL,
  detail text NOT NULL,
  subject text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  giver text NOT NULL,
  giver_unit text NOT NULL,
  sender text NOT NULL,
  sender_unit text NOT NULL,
  due_on text NOT NULL,
  first_due_on text NOT NULL,
  priority text NOT NULL,
  state text NOT NULL,
  reason text NOT NULL,
  result text NOT NULL,
  offered_at bigint NOT NULL,
  answered_at bigint NOT NULL,
  closed_at bigint NOT NULL,
  search text NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX work_tasks_due ON work_tasks (zone, due_on, id);
CREATE INDEX work_tasks_updated ON work_tasks (zone, updated_at, id);
CREATE INDEX work_tasks_state ON work_tasks (zone, state, due_on, id);
CREATE INDEX work_tasks_unit ON work_tasks (zone, unit, state, due_on, id);
CREATE INDEX work_tasks_owner ON work_tasks (zone, owner, state, due_on, id);
CREATE INDEX work_tasks_sender ON work_tasks (zone, sender_unit, state, due_on, id);
CREATE INDEX work_tasks_subject ON work_tasks (zone, subject, due_on, id) WHERE subject <> '';

CREATE TABLE work_notes (
  zone text NOT NULL,
  id text NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  on_date text NOT NULL,
  place text NOT NULL,
  firm text NOT NULL,
  firm_name text NOT NULL,
  people text NOT NULL,
  body text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  by_name text NOT NULL,
  withdrawn_at bigint NOT NULL,
  withdrawn_by text NOT NULL,
  withdrawn_why text NOT NULL,
  erased_at bigint NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX work_notes_subject ON work_notes (zone, subject, created_at, id);
CREATE INDEX work_notes_owner ON work_notes (zone, owner, created_at, id);

CREATE TABLE work_activities (
  zone text NOT NULL,
  id text NOT NULL,
  no text NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  on_date text NOT NULL,
  end_on text NOT NULL,
  place text NOT NULL,
  method text NOT NULL,
  campaign text NOT NULL,
  platform text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  parties text NOT NULL,
  officials text NOT NULL,
  cost_minor bigint NOT NULL,
  currency text NOT NULL,
  summary text NOT NULL,
  minutes text NOT NULL,
  minutes_file text NOT NULL,
  minutes_file_name text NOT NULL,
  minutes_media text NOT NULL,
  minutes_size bigint NOT NULL,
  minutes_on text NOT NULL,
  minutes_at bigint NOT NULL,
  minutes_by text NOT NULL,
  minutes_by_name text NOT NULL,
  minutes_due text NOT NULL,
  minutes_provisional boolean NOT NULL,
  status text NOT NULL,
  reason text NOT NULL,
  search text NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE UNIQUE INDEX work_activities_no ON work_activities (zone, no);
CREATE INDEX work_activities_on ON work_activities (zone, on_date, id);
CREATE INDEX work_activities_method ON work_activities (zone, method, on_date, id);
CREATE INDEX work_activities_campaign ON work_activities (zone, campaign, on_date, id) WHERE campaign <> '';
CREATE INDEX work_activities_minutes ON work_activities (zone, status, minutes_at, minutes_due, id);

CREATE TABLE work_methods (
  zone text NOT NULL,
  id text NOT NULL,
  zh text NOT NULL,
  en text NOT NULL,
  meaning_zh text NOT NULL,
  meaning_en text NOT NULL,
  valid_from text NOT NULL,
  valid_to text NOT NULL,
  source text NOT NULL,
  version bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);

CREATE TABLE work_campaigns (
  zone text NOT NULL,
  id text NOT NULL,
  name text NOT NULL,
  goal text NOT NULL,
  unit text NOT NULL,
  since_on text NOT NULL,
  until_on text NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);

CREATE TABLE work_counters (
  zone text NOT NULL,
  year text NOT NULL,
  last_no bigint NOT NULL,
  PRIMARY KEY (zone, year)
);
