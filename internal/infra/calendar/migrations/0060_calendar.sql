-- What a zone imported of the calendar: one version of a year is all its days;
-- the highest version holds, and years shipped with the program have none here.
CREATE TABLE calendar_years (
  zone text NOT NULL,
  year bigint NOT NULL,
  version bigint NOT NULL,
  source text NOT NULL,
  reason text NOT NULL,
  by_account text NOT NULL,
  by_name text NOT NULL,
  recorded_at bigint NOT NULL,
  PRIMARY KEY (zone, year, version)
);
CREATE TABLE calendar_days (
  zone text NOT NULL,
  year bigint NOT NULL,
  version bigint NOT NULL,
  on_date text NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (zone, year, version, on_date)
);
