-- Who works the answer out: the process and the request. Only the holder's act
-- is kept, so that a key can be taken over from a process that has died.
ALTER TABLE httpapi_idempotency ADD COLUMN holder text NOT NULL DEFAULT '';
-- Of what an earlier version left open nobody can say whether it was done.
UPDATE httpapi_idempotency SET status = -1 WHERE status = 0;
