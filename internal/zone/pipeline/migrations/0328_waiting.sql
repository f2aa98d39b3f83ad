-- Nearly every project waits for its official, and nobody looks for those: what is
-- looked for by whom it waits for waits for a signature.
DROP INDEX pipeline_projects_waits;
CREATE INDEX pipeline_projects_waits ON pipeline_projects (zone, waits_on, due_on, id) WHERE waits_on <> '' AND waits_on <> 'owner';
