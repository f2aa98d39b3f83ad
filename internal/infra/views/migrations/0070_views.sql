CREATE TABLE views_views (
  zone text NOT NULL,
  id text NOT NULL,
  owner text NOT NULL,
  page text NOT NULL,
  name text NOT NULL,
  query text NOT NULL,
  shared boolean NOT NULL,
  unit text NOT NULL,
  is_default boolean NOT NULL,
  position bigint NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX views_views_owner ON views_views (zone, owner, page, position, id);
CREATE INDEX views_views_unit ON views_views (zone, unit, page, position, id);
