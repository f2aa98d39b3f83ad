-- How often the reference rows of a zone were written: what is derived from
-- them may be kept in memory as long as this stays.
CREATE TABLE store_epochs (
  zone text   NOT NULL PRIMARY KEY,
  n    bigint NOT NULL
);
