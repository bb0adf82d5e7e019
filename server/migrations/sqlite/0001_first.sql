-- Instants are microseconds since 1970 in UTC, days are YYYY-MM-DD, money is whole minor units.
-- Bodies are the domain's own JSON form; columns beside them are what is filtered, sorted or joined.
-- Children name their parent together with its account, so that no row can hang off another
-- account's row.

CREATE TABLE accounts (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    created_at    INTEGER NOT NULL,
    -- The youngest event of the account that was removed.
    events_pruned INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    id         TEXT PRIMARY KEY,
    account    TEXT NOT NULL REFERENCES accounts (id),
    hash       BLOB NOT NULL UNIQUE,
    label      TEXT NOT NULL,
    read_only  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE advertisers (
    n           INTEGER PRIMARY KEY,
    id          TEXT NOT NULL,
    account     TEXT NOT NULL REFERENCES accounts (id),
    version     INTEGER NOT NULL,
    status      TEXT NOT NULL,
    sandbox     INTEGER NOT NULL,
    currency    TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    body        TEXT NOT NULL,
    UNIQUE (id, account)
) STRICT;

CREATE INDEX advertisers_newest ON advertisers (account, created_at DESC, id DESC);

CREATE TABLE agents (
    n            INTEGER PRIMARY KEY,
    id           TEXT NOT NULL,
    account      TEXT NOT NULL REFERENCES accounts (id),
    version      INTEGER NOT NULL,
    name         TEXT NOT NULL,
    url          TEXT NOT NULL,
    protocol     TEXT NOT NULL,
    status       TEXT NOT NULL,
    token        BLOB,
    webhooks     BLOB,
    probe        TEXT,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    UNIQUE (id, account)
) STRICT;

CREATE INDEX agents_by_account ON agents (account, n);

CREATE TABLE campaigns (
    n             INTEGER PRIMARY KEY,
    id            TEXT NOT NULL,
    account       TEXT NOT NULL,
    advertiser_id TEXT NOT NULL,
    version       INTEGER NOT NULL,
    status        TEXT NOT NULL,
    -- One bit for each status that a buy of the campaign is in.
    buy_statuses  INTEGER NOT NULL,
    name_folded   TEXT NOT NULL,
    discovery_id  TEXT,
    created_at    INTEGER NOT NULL,
    summary       TEXT NOT NULL,
    -- Last: it may be long, and what stands before it can be read without it.
    body          TEXT NOT NULL,
    UNIQUE (id, account),
    FOREIGN KEY (advertiser_id, account) REFERENCES advertisers (id, account)
) STRICT;

-- Both hold all that a list filters by: a page is found without touching the rows themselves.
CREATE INDEX campaigns_newest
    ON campaigns (account, created_at DESC, id DESC, status, buy_statuses, name_folded);
CREATE INDEX campaigns_newest_of_advertiser
    ON campaigns (account, advertiser_id, created_at DESC, id DESC, status, buy_statuses, name_folded);

-- How many campaigns there are, so that the total of a long list costs nothing.
CREATE TABLE campaign_counts (
    account       TEXT NOT NULL,
    advertiser_id TEXT NOT NULL,
    status        TEXT NOT NULL,
    n             INTEGER NOT NULL,
    PRIMARY KEY (account, advertiser_id, status)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER campaigns_counted AFTER INSERT ON campaigns BEGIN
    INSERT INTO campaign_counts VALUES (NEW.account, NEW.advertiser_id, NEW.status, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER campaigns_recounted AFTER UPDATE OF status ON campaigns WHEN OLD.status <> NEW.status BEGIN
    UPDATE campaign_counts SET n = n - 1
    WHERE account = OLD.account AND advertiser_id = OLD.advertiser_id AND status = OLD.status;
    INSERT INTO campaign_counts VALUES (NEW.account, NEW.advertiser_id, NEW.status, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

-- Which campaign holds a buy, and which buys an agent holds.
CREATE TABLE media_buys (
    id          TEXT NOT NULL,
    account     TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    agent_id    TEXT NOT NULL,
    status      TEXT NOT NULL,
    PRIMARY KEY (id, account),
    FOREIGN KEY (campaign_id, account) REFERENCES campaigns (id, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX media_buys_of_agent ON media_buys (account, agent_id, status);

CREATE TABLE discovery_sessions (
    n             INTEGER PRIMARY KEY,
    id            TEXT NOT NULL,
    account       TEXT NOT NULL,
    advertiser_id TEXT NOT NULL,
    version       INTEGER NOT NULL,
    selected      INTEGER NOT NULL,
    body          TEXT NOT NULL,
    UNIQUE (id, account),
    FOREIGN KEY (advertiser_id, account) REFERENCES advertisers (id, account)
) STRICT;

CREATE TABLE submissions (
    n               INTEGER PRIMARY KEY,
    id              TEXT NOT NULL,
    account         TEXT NOT NULL,
    campaign_id     TEXT NOT NULL,
    media_buy_id    TEXT NOT NULL,
    agent_id        TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('open', 'silent', 'closed')),
    claimed_by      TEXT,
    lease_until     INTEGER,
    created_at      INTEGER NOT NULL,
    first_sent_at   INTEGER,
    seller_task_id  TEXT,
    idempotency_key TEXT NOT NULL,
    request_digest  TEXT NOT NULL,
    request_bytes   BLOB NOT NULL,
    UNIQUE (id, account),
    FOREIGN KEY (campaign_id, account) REFERENCES campaigns (id, account)
) STRICT;

-- A buy has at most one submission that is not closed: two executes at once cannot both send it.
CREATE UNIQUE INDEX submissions_unsettled ON submissions (media_buy_id, account) WHERE state <> 'closed';
CREATE INDEX submissions_of_buy ON submissions (media_buy_id, account);
CREATE INDEX submissions_unsettled_of_campaign ON submissions (campaign_id, account) WHERE state <> 'closed';
CREATE INDEX submissions_open ON submissions (n) WHERE state = 'open';

CREATE TABLE jobs (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    key           TEXT NOT NULL UNIQUE,
    body          TEXT NOT NULL,
    run_at        INTEGER NOT NULL,
    attempt       INTEGER NOT NULL DEFAULT 0,
    -- How often it was asked for, and how often when it was claimed: more now means that it has to
    -- run once more after the run that is under way.
    asked         INTEGER NOT NULL DEFAULT 1,
    asked_at_claim INTEGER,
    claimed_by    TEXT,
    lease_until   INTEGER,
    last_error    TEXT
) STRICT;

CREATE INDEX jobs_waiting ON jobs (run_at, id) WHERE claimed_by IS NULL;
CREATE INDEX jobs_claimed ON jobs (lease_until) WHERE claimed_by IS NOT NULL;

CREATE TABLE delivery (
    campaign_id  TEXT NOT NULL,
    account      TEXT NOT NULL,
    package_id   TEXT NOT NULL,
    day          TEXT NOT NULL,
    media_buy_id TEXT NOT NULL,
    impressions  INTEGER NOT NULL,
    spend_minor  INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    clicks       INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, account, package_id, day),
    FOREIGN KEY (campaign_id, account) REFERENCES campaigns (id, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    account      TEXT NOT NULL REFERENCES accounts (id),
    kind         TEXT NOT NULL,
    campaign_id  TEXT NOT NULL,
    media_buy_id TEXT,
    data         TEXT NOT NULL,
    at           INTEGER NOT NULL
) STRICT;

CREATE INDEX events_of_account ON events (account, sequence, at);

CREATE TABLE idempotency (
    account    TEXT NOT NULL,
    route      TEXT NOT NULL,
    key        TEXT NOT NULL,
    body_hash  BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    -- Null while the request runs.
    status     INTEGER,
    headers    TEXT,
    body       BLOB,
    PRIMARY KEY (account, route, key)
) STRICT;

CREATE INDEX idempotency_by_age ON idempotency (created_at);
