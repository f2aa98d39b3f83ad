-- Counts and sums of the projects by stage, kind and currency, kept with every
-- write: of each department and official, of each department (owner '*'), and of
-- the zone (unit and owner '*'). Amounts are in two halves, see store.go. slot
-- spreads a row over several, so that writers do not meet.
CREATE TABLE pipeline_tallies (
  zone text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  stage text NOT NULL,
  kind text NOT NULL,
  currency text NOT NULL,
  fixed_currency text NOT NULL,
  slot bigint NOT NULL,
  n bigint NOT NULL,
  total_high bigint NOT NULL,
  total_low bigint NOT NULL,
  fixed_high bigint NOT NULL,
  fixed_low bigint NOT NULL,
  PRIMARY KEY (zone, unit, owner, stage, kind, currency, fixed_currency, slot)
);
-- what an official is responsible for, in whatever department
CREATE INDEX pipeline_tallies_owner ON pipeline_tallies (zone, owner, unit);
INSERT INTO pipeline_tallies (zone, unit, owner, stage, kind, currency, fixed_currency, slot, n, total_high, total_low, fixed_high, fixed_low)
SELECT zone, unit, owner, stage, kind, currency, fixed_currency, 0, count(*),
  CAST(sum(total_minor / 1000000000) AS bigint), CAST(sum(total_minor % 1000000000) AS bigint),
  CAST(sum(fixed_minor / 1000000000) AS bigint), CAST(sum(fixed_minor % 1000000000) AS bigint)
FROM pipeline_projects GROUP BY zone, unit, owner, stage, kind, currency, fixed_currency;
INSERT INTO pipeline_tallies (zone, unit, owner, stage, kind, currency, fixed_currency, slot, n, total_high, total_low, fixed_high, fixed_low)
SELECT zone, unit, '*', stage, kind, currency, fixed_currency, 0, CAST(sum(n) AS bigint), CAST(sum(total_high) AS bigint), CAST(sum(total_low) AS bigint), CAST(sum(fixed_high) AS bigint), CAST(sum(fixed_low) AS bigint)
FROM pipeline_tallies GROUP BY zone, unit, stage, kind, currency, fixed_currency;
INSERT INTO pipeline_tallies (zone, unit, owner, stage, kind, currency, fixed_currency, slot, n, total_high, total_low, fixed_high, fixed_low)
SELECT zone, '*', '*', stage, kind, currency, fixed_currency, 0, CAST(sum(n) AS bigint), CAST(sum(total_high) AS bigint), CAST(sum(total_low) AS bigint), CAST(sum(fixed_high) AS bigint), CAST(sum(fixed_low) AS bigint)
FROM pipeline_tallies WHERE owner = '*' GROUP BY zone, stage, kind, currency, fixed_currency;
-- totals that tallies do not answer are added up from the rows themselves
DROP INDEX pipeline_projects_kinds;
