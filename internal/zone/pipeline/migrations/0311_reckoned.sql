-- When the program last reckoned a project anew: such an act leaves updated_at
-- alone, and a list as of an earlier day must know of it all the same.
ALTER TABLE pipeline_projects ADD COLUMN reckoned_at bigint NOT NULL DEFAULT 0;
