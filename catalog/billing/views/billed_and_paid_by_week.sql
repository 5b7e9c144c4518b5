-- What went out and what came in, by account and ISO week. Charges count in the week in which their claim first went
-- out, payments in the week in which they were received, or posted where the day of receipt is not known.
-- @customer_account The vendor's number of the account
-- @iso_week The week by ISO 8601, with the week's own year: 2024-12-30 is in 2025-W01
-- @week_begins Its Monday
-- @billed Charges whose claim first went out in that week, in dollars
-- @paid Payments of that week, in dollars
SELECT customer_account,
       to_char(day, 'IYYY-"W"IW') AS iso_week,
       date_trunc('week', day)::date AS week_begins,
       coalesce(sum(billed), 0) AS billed,
       coalesce(sum(paid), 0) AS paid
FROM (
    SELECT customer_account, claim_first_billed_date AS day, charge_amount AS billed, 0.00 AS paid
    FROM billing.gross_billing_view
    UNION ALL
    SELECT customer_account, coalesce(payment_received, payment_entered), 0.00, total_paid
    FROM billing.payment_trends_view
) money
WHERE day IS NOT NULL
GROUP BY 1, 2, 3
