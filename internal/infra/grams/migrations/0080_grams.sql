-- How far a search index has taken in the rows that stood before it: all with an
-- id up to upto, and all there are when it is whole. No row: nothing was done.
CREATE TABLE grams_filled (
  zone text NOT NULL,
  name text NOT NULL,
  upto text NOT NULL,
  whole boolean NOT NULL,
  PRIMARY KEY (zone, name)
);
