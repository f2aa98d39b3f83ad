-- Organisations and people, each once, and how to reach them.
CREATE TABLE party_parties (
  zone text NOT NULL,
  id text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  person_name text NOT NULL,
  person_key text NOT NULL,
  name_en text NOT NULL,
  short_name text NOT NULL,
  former_names text NOT NULL,
  aliases text NOT NULL,
  credit_code text NOT NULL,
  lei text NOT NULL,
  foreign_reg_no text NOT NULL,
  country text NOT NULL,
  industry text NOT NULL,
  business text NOT NULL,
  tags text NOT NULL,
  region text NOT NULL,
  founded text NOT NULL,
  address text NOT NULL,
  capital_minor bigint NOT NULL,
  capital_currency text NOT NULL,
  scale text NOT NULL,
  headcount bigint NOT NULL,
  listing text NOT NULL,
  funding text NOT NULL,
  origin text NOT NULL,
  origin_run text NOT NULL,
  origin_author text NOT NULL,
  origin_on text NOT NULL,
  external_key text NOT NULL,
  sources text NOT NULL,
  warnings text NOT NULL,
  name_key text NOT NULL,
  sort_key text NOT NULL,
  search text NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE UNIQUE INDEX party_parties_code ON party_parties (zone, credit_code) WHERE credit_code <> '';
CREATE INDEX party_parties_name ON party_parties (zone, name_key, id);
CREATE INDEX party_parties_sort ON party_parties (zone, sort_key, id);
CREATE INDEX party_parties_updated ON party_parties (zone, updated_at, id);

CREATE TABLE party_contacts (
  zone text NOT NULL,
  id text NOT NULL,
  party text NOT NULL,
  unit text NOT NULL,
  owner text NOT NULL,
  name text NOT NULL,
  title text NOT NULL,
  phone text NOT NULL,
  email text NOT NULL,
  erased_at bigint NOT NULL,
  version bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX party_contacts_party ON party_contacts (zone, party, id);
