-- Pages are put together from an index alone: which projects, in which version.
DROP INDEX pipeline_projects_updated;
CREATE INDEX pipeline_projects_updated ON pipeline_projects (zone, updated_at, id, version, reckoned_at);
DROP INDEX pipeline_projects_stage;
CREATE INDEX pipeline_projects_stage ON pipeline_projects (zone, stage, updated_at, id, version, reckoned_at);
DROP INDEX pipeline_projects_unit;
CREATE INDEX pipeline_projects_unit ON pipeline_projects (zone, unit, updated_at, id, version, reckoned_at);
CREATE INDEX pipeline_projects_unit_stage ON pipeline_projects (zone, unit, stage, updated_at, id, version, reckoned_at);
-- an official has few projects: those of one stage are found among them
DROP INDEX pipeline_projects_owner;
CREATE INDEX pipeline_projects_owner ON pipeline_projects (zone, owner, updated_at, id, version, reckoned_at, stage, unit);
