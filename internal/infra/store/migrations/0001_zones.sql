-- The zones (tenants) of this installation.
CREATE TABLE zones (
  zone       text    NOT NULL PRIMARY KEY,
  name_zh    text    NOT NULL,
  name_en    text    NOT NULL,
  demo       boolean NOT NULL DEFAULT false,
  created_at bigint  NOT NULL
);
