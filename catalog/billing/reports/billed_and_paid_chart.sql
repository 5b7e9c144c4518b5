SELECT to_char(monday, '"W"IW') AS week, what, coalesce(sum(usd), 0) AS amount_usd
FROM generate_series(current_setting('rounds.period_first')::date - 77, current_setting('rounds.period_first')::date, '7 days') AS monday
LEFT JOIN billing.billed_and_paid_by_week ON week_begins = monday::date
CROSS JOIN LATERAL (VALUES ('Billed', billed), ('Paid', paid)) AS sides (what, usd)
GROUP BY monday, what
ORDER BY monday, what
