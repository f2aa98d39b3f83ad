-- Only rows about objects that stood before are looked for by object.
DROP INDEX intake_rows_object;
CREATE INDEX intake_rows_object ON intake_rows (zone, run, object) WHERE status IN ('changed', 'unchanged');
