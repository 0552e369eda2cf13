-- Forget the faults of a duty at a subject: it went well. Parameters: duty, subject. Index: pk_duty_fault.
DELETE FROM duty_fault WHERE duty = :duty AND subject = :subject
