-- The week of the letter and the eleven before it, also those in which nothing went out or came in.
SELECT to_char(monday, 'IYYY-"W"IW') AS week, monday::date AS week_begins,
       coalesce(sum(billed), 0) AS billed_usd, coalesce(sum(paid), 0) AS paid_usd
FROM generate_series(current_setting('rounds.period_first')::date - 77, current_setting('rounds.period_first')::date, '7 days') AS monday
LEFT JOIN billing.billed_and_paid_by_week ON week_begins = monday::date
GROUP BY monday
ORDER BY monday DESC
