-- The first review of an appeal against overdue; what is refused is told in `refused`.
-- Parameters: event, favour, opinion. Index: pk_overdue_appeal.
SELECT review_appeal(:event, :favour, :opinion)
