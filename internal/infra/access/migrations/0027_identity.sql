-- Who an account is at the identity provider (OpenID Connect). Never in the journal.
CREATE TABLE access_identities (
  zone          text   NOT NULL,
  account       text   NOT NULL,
  issuer        text   NOT NULL, -- '' until linked
  subject       text   NOT NULL, -- '' until linked
  allowed_until bigint NOT NULL, -- until when a first sign-in may link it; 0 when it may not
  linked_at     bigint NOT NULL, -- 0 until linked
  PRIMARY KEY (zone, account)
);
CREATE UNIQUE INDEX access_identities_subject ON access_identities (zone, issuer, subject) WHERE subject <> '';

-- A browser on its way to the identity provider and back.
CREATE TABLE access_flows (
  zone       text    NOT NULL,
  id         text    NOT NULL, -- SHA-256 of the secret in the browser's cookie, hexadecimal
  state      text    NOT NULL, -- SHA-256 of the state the provider gives back; '' once it did
  next       text    NOT NULL, -- own path to go on to
  account    text    NOT NULL, -- '' until the provider has said who it is; then the code is awaited
  subject    text    NOT NULL,
  expires_at bigint  NOT NULL,
  PRIMARY KEY (zone, id)
);

-- How a session began: password, oidc, oidc_mfa (the provider vouched for two factors).
ALTER TABLE access_sessions ADD COLUMN method text NOT NULL DEFAULT 'password';
