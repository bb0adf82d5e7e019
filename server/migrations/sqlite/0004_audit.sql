-- What kind of actor uses a key.
ALTER TABLE api_keys ADD COLUMN origin TEXT NOT NULL DEFAULT 'human';

-- Who did what, written with the change itself.
CREATE TABLE audit_logs (
    n               INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    account         TEXT NOT NULL REFERENCES accounts (id),
    at              INTEGER NOT NULL,
    action          TEXT NOT NULL,
    resource_type   TEXT NOT NULL,
    resource_id     TEXT,
    resource_name   TEXT,
    parent_type     TEXT,
    parent_id       TEXT,
    advertiser_id   TEXT,
    campaign_id     TEXT,
    -- Null for the system.
    key_id          TEXT,
    key_label       TEXT,
    origin          TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    refusal         TEXT,
    changes         TEXT NOT NULL,
    description     TEXT NOT NULL
) STRICT;

CREATE INDEX audit_logs_newest ON audit_logs (account, outcome, n DESC);
CREATE INDEX audit_logs_of_campaign ON audit_logs (account, campaign_id, n DESC) WHERE campaign_id IS NOT NULL;
CREATE INDEX audit_logs_of_resource ON audit_logs (account, resource_id, n DESC) WHERE resource_id IS NOT NULL;
