-- Whether an event's round is in the sample, by its own number and the share that counts; null where no rule does.
-- Parameters: event, kind (self_handled, call_back). Index: pk_event_sample.
SELECT draw_sample(:event, :kind)
