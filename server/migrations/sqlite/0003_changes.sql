-- Changes of buys are sent as purchases are: recorded with their exact bytes, claimed, sent once. A
-- submission without a number places the buy; one with a number is that change of it. The rule
-- that a buy has at most one submission that is not closed holds for both together.
ALTER TABLE submissions ADD COLUMN change_number INTEGER;
