-- Let what was not taken be sent anew: one delivery, or all (null). How many. Parameters: id, delivery.
SELECT send_again(cast(:id AS int), cast(:delivery AS uuid))
