-- The organisation tree: province > city > zone > department, platform, operator.
CREATE TABLE access_units (
  zone       text   NOT NULL,
  id         text   NOT NULL,
  parent     text   NOT NULL, -- '' for the root
  kind       text   NOT NULL, -- province, city, zone, department, platform, operator
  name_zh    text   NOT NULL,
  name_en    text   NOT NULL,
  position   bigint NOT NULL, -- order among its siblings
  closed_on  text   NOT NULL, -- '' while it exists
  version    bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX access_units_parent ON access_units (zone, parent, position, id);

-- Every unit with itself and each unit above it. Kept with access_units.
CREATE TABLE access_unit_closure (
  zone     text   NOT NULL,
  child    text   NOT NULL,
  ancestor text   NOT NULL,
  depth    bigint NOT NULL, -- 0 for the unit itself
  PRIMARY KEY (zone, child, ancestor)
);
CREATE INDEX access_unit_closure_down ON access_unit_closure (zone, ancestor, child);

CREATE TABLE access_accounts (
  zone       text   NOT NULL,
  id         text   NOT NULL,
  login      text   NOT NULL, -- lower case
  name       text   NOT NULL,
  unit       text   NOT NULL, -- '' when none
  roles      text   NOT NULL, -- JSON list
  status     text   NOT NULL, -- active, disabled
  lang       text   NOT NULL, -- zh, en
  version    bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE UNIQUE INDEX access_accounts_login ON access_accounts (zone, login);
CREATE INDEX access_accounts_unit ON access_accounts (zone, unit, login);

-- What proves who somebody is. Never in the journal.
CREATE TABLE access_credentials (
  zone         text    NOT NULL,
  account      text    NOT NULL,
  hash         text    NOT NULL, -- argon2id, PHC string format; '' until a password is set
  set_at       bigint  NOT NULL,
  must_change  boolean NOT NULL, -- a new password is due, by a one-time link
  totp         text    NOT NULL, -- base32 secret in use; '' when none
  totp_pending text    NOT NULL, -- secret shown, not yet confirmed
  totp_step    bigint  NOT NULL, -- last time step accepted: no code works twice
  failures     bigint  NOT NULL, -- wrong tries since the last success
  locked_until bigint  NOT NULL, -- 0 when not locked
  PRIMARY KEY (zone, account)
);

CREATE TABLE access_sessions (
  zone       text   NOT NULL,
  id         text   NOT NULL, -- SHA-256 of the secret, hexadecimal
  account    text   NOT NULL,
  via        text   NOT NULL, -- user agent, shortened
  created_at bigint NOT NULL,
  seen_at    bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX access_sessions_account ON access_sessions (zone, account);

CREATE TABLE access_links (
  zone       text   NOT NULL,
  id         text   NOT NULL, -- SHA-256 of the secret, hexadecimal
  account    text   NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  PRIMARY KEY (zone, id)
);
CREATE INDEX access_links_account ON access_links (zone, account);

CREATE TABLE access_tokens (
  zone       text   NOT NULL,
  id         text   NOT NULL,
  hash       text   NOT NULL, -- SHA-256 of the secret, hexadecimal
  owner      text   NOT NULL, -- account
  unit       text   NOT NULL, -- unit of the account when the token was made
  name       text   NOT NULL, -- what it is for
  scopes     text   NOT NULL, -- JSON list of permissions
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  used_at    bigint NOT NULL, -- 0 when never
  PRIMARY KEY (zone, id)
);
CREATE UNIQUE INDEX access_tokens_hash ON access_tokens (zone, hash);
CREATE INDEX access_tokens_owner ON access_tokens (zone, owner, created_at, id);
