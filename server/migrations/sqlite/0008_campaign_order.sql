-- Lists of campaigns in other orders than newest first. Flights in seconds since 1970, to order by.
ALTER TABLE campaigns ADD COLUMN flight_start INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN flight_end INTEGER NOT NULL DEFAULT 0;
UPDATE campaigns SET
    flight_start = unixepoch(json_extract(summary, '$.flight[0]')),
    flight_end = unixepoch(json_extract(summary, '$.flight[1]'));

-- As the other two, each holds all that a list filters by.
CREATE INDEX campaigns_by_name
    ON campaigns (account, name_folded, id, status, buy_statuses, advertiser_id);
CREATE INDEX campaigns_by_start
    ON campaigns (account, flight_start, id, status, buy_statuses, advertiser_id, name_folded);
CREATE INDEX campaigns_by_end
    ON campaigns (account, flight_end, id, status, buy_statuses, advertiser_id, name_folded);
