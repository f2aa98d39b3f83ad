-- The import run that filed a report, so that undoing the run takes it back.
ALTER TABLE pipeline_reports ADD COLUMN origin_run text NOT NULL DEFAULT '';
