-- Few projects have a track or an investor of the register, and only those are
-- looked for by it.
DROP INDEX pipeline_projects_track;
CREATE INDEX pipeline_projects_track ON pipeline_projects (zone, track, updated_at, id) WHERE track <> '';
DROP INDEX pipeline_projects_investor;
CREATE INDEX pipeline_projects_investor ON pipeline_projects (zone, investor, id) WHERE investor <> '';
-- Figures and milestones lie under their keys, which are not kept a second time.
-- +sqlite
CREATE TABLE pipeline_milestones_once (
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
) WITHOUT ROWID,;
INSERT INTO pipeline_milestones_once SELECT zone, project, seq, stage, kind, on_date, on_precision, note, from_text, by_account, by_name, recorded_at
FROM pipeline_milestones ORDER BY zone, project, seq;
DROP TABLE pipeline_milestones;
ALTER TABLE pipeline_milestones_once RENAME TO pipeline_milestones;
CREATE TABLE pipeline_figures_once (
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
) WITHOUT ROWID,;
INSERT INTO pipeline_figures_once SELECT zone, project, seq, measure, kind, period, amount, currency, taken_back, effective_on, note, evidence, by_account, by_name, recorded_at
FROM pipeline_figures ORDER BY zone, project, seq;
DROP TABLE pipeline_figures;
ALTER TABLE pipeline_figures_once RENAME TO pipeline_figures;
CREATE INDEX pipeline_figures_effective ON pipeline_figures (zone, effective_on, project);
-- +end
