-- The ages by which receivables are told apart.
-- @aging_bucket_order The bucket's place, from 1, to sort by
-- @aging_bucket The age in words
-- @first_day The youngest age of the bucket, in days
-- @last_day The oldest; none for what is open upwards
SELECT *
FROM (VALUES
    (1, '0-5 days', 0, 5),
    (2, '6-10 days', 6, 10),
    (3, '11-14 days', 11, 14),
    (4, '15-21 days', 15, 21),
    (5, '22-30 days', 22, 30),
    (6, '31-45 days', 31, 45),
    (7, '46-60 days', 46, 60),
    (8, '61-90 days', 61, 90),
    (9, 'over 90 days', 91, NULL)
) AS bucket (aging_bucket_order, aging_bucket, first_day, last_day)
