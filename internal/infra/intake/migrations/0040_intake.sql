-- Uploaded files; the bytes lie in the data folder under their SHA-256.
CREATE TABLE intake_files (
  zone text NOT NULL,
  id text NOT NULL,
  name text NOT NULL,
  size bigint NOT NULL,
  sha256 text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  uploaded_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);

-- Column mappings kept for the next file of the same shape.
CREATE TABLE intake_profiles (
  zone text NOT NULL,
  id text NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  settings text NOT NULL,
  headers text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE UNIQUE INDEX intake_profiles_name ON intake_profiles (zone, kind, name);

-- One import. position is the last row of the present phase that is done.
CREATE TABLE intake_runs (
  zone text NOT NULL,
  id text NOT NULL,
  kind text NOT NULL,
  file text NOT NULL,
  file_name text NOT NULL,
  state text NOT NULL,
  settings text NOT NULL,
  head text NOT NULL,
  actor text NOT NULL,
  counts text NOT NULL,
  position bigint NOT NULL,
  done bigint NOT NULL,
  total bigint NOT NULL,
  fault text NOT NULL,
  attempts bigint NOT NULL,
  lease_by text NOT NULL,
  lease_until bigint NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  started_at bigint NOT NULL,
  phase_at bigint NOT NULL,
  published_at bigint NOT NULL,
  undone_at bigint NOT NULL,
  version bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX intake_runs_busy ON intake_runs (zone, id) WHERE state IN ('reading', 'deciding', 'publishing', 'undoing');

-- The rows of a run. vals is emptied once the run is published or given up.
CREATE TABLE intake_rows (
  zone text NOT NULL,
  run text NOT NULL,
  number bigint NOT NULL,
  status text NOT NULL,
  row_key text NOT NULL,
  title text NOT NULL,
  object text NOT NULL,
  base bigint NOT NULL,
  version bigint NOT NULL,
  vals text NOT NULL,
  before text NOT NULL,
  notes text NOT NULL,
  reasons text NOT NULL,
  merged_into bigint NOT NULL,
  PRIMARY KEY (zone, run, number)
);
CREATE INDEX intake_rows_key ON intake_rows (zone, run, row_key);
CREATE INDEX intake_rows_object ON intake_rows (zone, run, object);
CREATE INDEX intake_rows_status ON intake_rows (zone, run, status, number);
