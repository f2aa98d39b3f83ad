-- The span that is due next, and whom the project waits for: kept at each act,
-- so that what stalls is found without reckoning every project.
ALTER TABLE pipeline_projects ADD COLUMN due_from text NOT NULL DEFAULT '';
ALTER TABLE pipeline_projects ADD COLUMN due_to text NOT NULL DEFAULT '';
ALTER TABLE pipeline_projects ADD COLUMN waits_on text NOT NULL DEFAULT '';
CREATE INDEX pipeline_projects_waits ON pipeline_projects (zone, waits_on, due_on, id) WHERE waits_on <> '';
