-- Revenue recognition: what was charged against what was paid, both by the month of service.
-- @customer_account The vendor's number of the account
-- @month The month of the first day of service; Unknown without a date
-- @charges Charges
-- @charge_amount What was charged, in dollars
-- @payments Lines of payment
-- @paid_amount What was paid for services of the month, in dollars
-- @unpaid_amount What was charged and not paid, in dollars; negative where more was paid than charged
-- @collection_rate What was paid for each dollar charged; none where nothing was charged
WITH lines AS (
    SELECT customer_account, charge_from_date, 1 AS charge, charge_amount, 0 AS payment, NULL AS paid
    FROM billing.rev_rec_charges
    UNION ALL
    SELECT customer_account, charge_from_date, 0, NULL, 1, payment_total_paid
    FROM billing.rev_rec_payments
), months AS (
    SELECT customer_account,
           coalesce(to_char(charge_from_date, 'YYYY-MM'), 'Unknown') AS month,
           sum(charge) AS charges,
           coalesce(sum(charge_amount), 0.00) AS charge_amount,
           sum(payment) AS payments,
           coalesce(sum(paid), 0.00) AS paid_amount
    FROM lines
    GROUP BY 1, 2
)
SELECT *,
       charge_amount - paid_amount AS unpaid_amount,
       round(paid_amount / nullif(charge_amount, 0), 4) AS collection_rate
FROM months
ORDER BY 1, 2
