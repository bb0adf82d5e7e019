-- An advertiser's own credentials at sales agents (decision 22), sealed.
CREATE TABLE advertiser_credentials (
    account       TEXT NOT NULL,
    advertiser_id TEXT NOT NULL,
    agent_id      TEXT NOT NULL,
    token         BLOB NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (account, advertiser_id, agent_id),
    FOREIGN KEY (advertiser_id, account) REFERENCES advertisers (id, account),
    FOREIGN KEY (agent_id, account) REFERENCES agents (id, account)
) STRICT, WITHOUT ROWID;

-- Who is told of events by webhook.
CREATE TABLE webhook_subscriptions (
    n             INTEGER PRIMARY KEY,
    id            TEXT NOT NULL,
    account       TEXT NOT NULL REFERENCES accounts (id),
    url           TEXT NOT NULL,
    secret        BLOB NOT NULL,
    -- A JSON list of words.
    event_types   TEXT NOT NULL,
    failed        INTEGER NOT NULL DEFAULT 0,
    -- Attempts in a row that failed.
    failure_count INTEGER NOT NULL DEFAULT 0,
    last_success  INTEGER,
    last_failure  INTEGER,
    -- Nothing is sent before.
    resume_at     INTEGER,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    UNIQUE (id, account)
) STRICT;

CREATE INDEX webhook_subscriptions_of_account ON webhook_subscriptions (account, n);

-- What each of them is told: written with the event, sent by a job.
CREATE TABLE webhook_deliveries (
    n               INTEGER PRIMARY KEY AUTOINCREMENT,
    account         TEXT NOT NULL,
    subscription_id TEXT NOT NULL,
    -- The event's sequence number: the same to every subscriber, at every attempt.
    event           INTEGER NOT NULL,
    event_type      TEXT NOT NULL,
    campaign_id     TEXT NOT NULL,
    media_buy_id    TEXT,
    data            TEXT NOT NULL,
    at              INTEGER NOT NULL,
    state           TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    first_attempt   INTEGER,
    last_attempt    INTEGER,
    next_attempt    INTEGER NOT NULL DEFAULT 0,
    http_status     INTEGER,
    error           TEXT,
    FOREIGN KEY (subscription_id, account) REFERENCES webhook_subscriptions (id, account) ON DELETE CASCADE
) STRICT;

CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (account, subscription_id, campaign_id, n)
    WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (account, subscription_id, n DESC);
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (last_attempt) WHERE state <> 'waiting';
