-- Who holds which office, and which duties units and officials carry. Units
-- themselves are the organisation tree of infra/access.
CREATE TABLE office_officials (
  zone text NOT NULL,
  id text NOT NULL,
  name text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  position text NOT NULL,
  account text NOT NULL,
  since_on text NOT NULL,
  until_on text NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX office_officials_unit ON office_officials (zone, unit, until_on, since_on, id);
CREATE INDEX office_officials_account ON office_officials (zone, account, until_on);

CREATE TABLE office_duties (
  zone text NOT NULL,
  id text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  official text NOT NULL,
  text_zh text NOT NULL,
  text_en text NOT NULL,
  industry text NOT NULL,
  area text NOT NULL,
  source text NOT NULL,
  since_on text NOT NULL,
  until_on text NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX office_duties_unit ON office_duties (zone, unit, until_on, id);
CREATE INDEX office_duties_official ON office_duties (zone, official, until_on, id);
