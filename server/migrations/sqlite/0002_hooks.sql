-- What sellers send us by themselves, and the keys we sign with.

-- Where an agent's messages come in, by the hash of the address that nobody can guess.
CREATE TABLE webhook_paths (
    hash     BLOB PRIMARY KEY,
    account  TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    FOREIGN KEY (agent_id, account) REFERENCES agents (id, account)
) STRICT, WITHOUT ROWID;

-- Messages that were taken in, by whoever signed them and the key they are known by.
CREATE TABLE webhook_messages (
    agent_id TEXT NOT NULL,
    key      TEXT NOT NULL,
    digest   BLOB NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (agent_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_messages_by_age ON webhook_messages (at);

-- Signatures that were seen, for as long as they could be shown again.
CREATE TABLE webhook_nonces (
    agent_id TEXT NOT NULL,
    keyid    TEXT NOT NULL,
    nonce    BLOB NOT NULL,
    until    INTEGER NOT NULL,
    PRIMARY KEY (agent_id, keyid, nonce)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_nonces_by_age ON webhook_nonces (until);

-- How many of them there are of each key, so that a limit costs nothing.
CREATE TABLE webhook_nonce_counts (
    agent_id TEXT NOT NULL,
    keyid    TEXT NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (agent_id, keyid)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER webhook_nonces_counted AFTER INSERT ON webhook_nonces BEGIN
    INSERT INTO webhook_nonce_counts VALUES (NEW.agent_id, NEW.keyid, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER webhook_nonces_forgotten AFTER DELETE ON webhook_nonces BEGIN
    UPDATE webhook_nonce_counts SET n = n - 1 WHERE agent_id = OLD.agent_id AND keyid = OLD.keyid;
END;

-- A message names the request it is about, or the task.
CREATE INDEX submissions_by_key ON submissions (idempotency_key, agent_id);
CREATE INDEX submissions_by_task ON submissions (seller_task_id, agent_id) WHERE seller_task_id IS NOT NULL;

-- Our own keys for signing requests, the youngest signs. Sealed for `signing/<kid>`.
CREATE TABLE signing_keys (
    n          INTEGER PRIMARY KEY,
    kid        TEXT NOT NULL UNIQUE,
    secret     BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
