-- Whether a code in hand is that of a report, and not of a “me too”. Parameters: code. Index: uq_event_tracking_code.
SELECT EXISTS (SELECT FROM event WHERE tracking_code = :code)
