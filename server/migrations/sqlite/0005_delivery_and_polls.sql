-- Whether the figures of a day came late, and when they were observed (the product's time).
ALTER TABLE delivery ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN observed_at INTEGER NOT NULL DEFAULT 0;

-- The last report of each buy: from when, by which way, and what of it could not be taken in.
CREATE TABLE delivery_reports (
    media_buy_id TEXT NOT NULL,
    account      TEXT NOT NULL,
    campaign_id  TEXT NOT NULL,
    as_of        INTEGER NOT NULL,
    source       TEXT NOT NULL,
    delayed      INTEGER NOT NULL,
    expected_at  INTEGER,
    is_final     INTEGER NOT NULL,
    troubles     TEXT NOT NULL,
    PRIMARY KEY (media_buy_id, account),
    FOREIGN KEY (campaign_id, account) REFERENCES campaigns (id, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_reports_of_campaign ON delivery_reports (campaign_id, account);

-- The seller's id of a buy: whose buy a seller's report speaks of, without reading campaigns.
ALTER TABLE media_buys ADD COLUMN seller_id TEXT;

UPDATE media_buys SET seller_id = (
    SELECT buy.value ->> '$.seller.media_buy_id'
    FROM campaigns, json_each(campaigns.body, '$.buys') AS buy
    WHERE campaigns.id = media_buys.campaign_id AND campaigns.account = media_buys.account
      AND buy.value ->> '$.id' = media_buys.id);

CREATE INDEX media_buys_at_seller ON media_buys (account, agent_id, seller_id) WHERE seller_id IS NOT NULL;

-- When each buy that a seller holds is looked at next, and what was seen last, so that a look that
-- shows nothing new reads no campaign.
CREATE TABLE polls (
    media_buy_id  TEXT NOT NULL,
    account       TEXT NOT NULL,
    campaign_id   TEXT NOT NULL,
    agent_id      TEXT NOT NULL,
    advertiser_id TEXT NOT NULL,
    campaign_type TEXT NOT NULL,
    due_at        INTEGER NOT NULL,
    -- Looks since anything last moved; tells how long the next pause is.
    looks         INTEGER NOT NULL,
    seen          TEXT,
    PRIMARY KEY (media_buy_id, account),
    FOREIGN KEY (campaign_id, account) REFERENCES campaigns (id, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX polls_due ON polls (account, agent_id, advertiser_id, campaign_type, due_at);
