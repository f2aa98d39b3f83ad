-- What a person has been told in the product. Neither this nor the deliveries
-- are business rows: what they say follows from the journal.
CREATE TABLE notify_notices (
  zone    text    NOT NULL,
  id      text    NOT NULL,
  account text    NOT NULL,
  topic   text    NOT NULL,
  object  text    NOT NULL,
  title   text    NOT NULL,
  code    text    NOT NULL,
  path    text    NOT NULL,
  day     text    NOT NULL,
  note    text    NOT NULL,
  actor   text    NOT NULL,
  urgent  boolean NOT NULL,
  shown   boolean NOT NULL, -- false: the person does not want it in the product
  once    text    NOT NULL, -- what it tells; told once
  at      bigint  NOT NULL,
  read_at bigint  NOT NULL, -- 0: not read
  PRIMARY KEY (zone, id)
);
CREATE UNIQUE INDEX notify_notices_once ON notify_notices (zone, account, once);
CREATE INDEX notify_notices_inbox ON notify_notices (zone, account, id) WHERE shown;
CREATE INDEX notify_notices_unread ON notify_notices (zone, account) WHERE shown AND read_at = 0;
CREATE INDEX notify_notices_age ON notify_notices (zone, at);

-- What is on its way out of the house.
CREATE TABLE notify_deliveries (
  zone       text   NOT NULL,
  id         text   NOT NULL,
  sink       text   NOT NULL, -- 'email' or a channel
  account    text   NOT NULL, -- of e-mail
  topic      text   NOT NULL,
  object     text   NOT NULL,
  title      text   NOT NULL,
  code       text   NOT NULL,
  path       text   NOT NULL,
  day        text   NOT NULL,
  once       text   NOT NULL,
  state      text   NOT NULL, -- waiting, failed (and tried again), sent, dead, dropped
  attempts   bigint NOT NULL,
  next_at    bigint NOT NULL,
  reason     text   NOT NULL, -- word of the last failure
  detail     text   NOT NULL,
  created_at bigint NOT NULL,
  ended_at   bigint NOT NULL, -- sent, dead or dropped
  PRIMARY KEY (zone, id)
);
CREATE UNIQUE INDEX notify_deliveries_once ON notify_deliveries (zone, sink, account, once);
CREATE INDEX notify_deliveries_due ON notify_deliveries (zone, next_at) WHERE state IN ('waiting', 'failed');
CREATE INDEX notify_deliveries_state ON notify_deliveries (zone, state, id);
CREATE INDEX notify_deliveries_age ON notify_deliveries (zone, ended_at);

-- How e-mail and each channel fare.
CREATE TABLE notify_sinks (
  zone          text   NOT NULL,
  id            text   NOT NULL,
  failing_since bigint NOT NULL, -- 0: it works
  told_at       bigint NOT NULL, -- when the administrators were told
  sent_at       bigint NOT NULL, -- the last success
  reason        text   NOT NULL,
  detail        text   NOT NULL,
  PRIMARY KEY (zone, id)
);

-- How far the journal has been told, and the last morning.
CREATE TABLE notify_progress (
  zone  text   NOT NULL,
  after bigint NOT NULL,
  day   text   NOT NULL,
  PRIMARY KEY (zone)
);

CREATE TABLE notify_channels (
  zone       text    NOT NULL,
  id         text    NOT NULL,
  kind       text    NOT NULL,
  name       text    NOT NULL,
  host       text    NOT NULL,
  unit       text    NOT NULL,
  topics     text    NOT NULL,
  offered    boolean NOT NULL,
  lang       text    NOT NULL,
  paused     boolean NOT NULL,
  version    bigint  NOT NULL,
  created_at bigint  NOT NULL,
  updated_at bigint  NOT NULL,
  PRIMARY KEY (zone, id)
);

-- Addresses and secrets of channels, sealed; never in the journal.
CREATE TABLE notify_secrets (
  zone    text   NOT NULL,
  channel text   NOT NULL,
  sealed  bytea  NOT NULL,
  set_at  bigint NOT NULL,
  PRIMARY KEY (zone, channel)
);

CREATE TABLE notify_preferences (
  zone          text    NOT NULL,
  account       text    NOT NULL,
  address       text    NOT NULL,
  choices       text    NOT NULL,
  quiet_from    text    NOT NULL,
  quiet_until   text    NOT NULL,
  digest        text    NOT NULL,
  urgent_passes boolean NOT NULL,
  version       bigint  NOT NULL,
  updated_at    bigint  NOT NULL,
  PRIMARY KEY (zone, account)
);
