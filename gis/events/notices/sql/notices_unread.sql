-- How many notices one has not read. Parameters: none. Index: ix_notice_unread.
SELECT unread_notices()
