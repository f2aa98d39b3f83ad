-- Answers kept for 24 hours, so that a repeated POST with the same
-- Idempotency-Key is answered again and not carried out again.
CREATE TABLE httpapi_idempotency (
  zone         text   NOT NULL,
  account      text   NOT NULL,
  key          text   NOT NULL,
  request_hash text   NOT NULL,
  status       bigint NOT NULL, -- 0 while the first request is being handled
  headers      text   NOT NULL,
  body         bytea  NOT NULL,
  created_at   bigint NOT NULL,
  PRIMARY KEY (zone, account, key)
);
CREATE INDEX httpapi_idempotency_age ON httpapi_idempotency (zone, created_at);
