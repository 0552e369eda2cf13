-- Whether a mark is on the scale. Parameters: score. Index: pk_rating_scale.
SELECT EXISTS (SELECT FROM rating_scale WHERE score = :score)
