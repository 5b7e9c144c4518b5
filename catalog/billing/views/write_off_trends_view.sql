-- Write-offs by month, kind of credit, reason and payer: where revenue leaks. All that the vendor's report lists counts,
-- whatever the kind of credit: the report's filter keeps out what is no write-off.
-- @customer_account The vendor's number of the account
-- @month The month when the credit was received; Unknown without a date
-- @credit_source The kind of credit, in the vendor's words
-- @adjustment_code The code, or codes, of the adjustment: the reason
-- @payer_name The payer whose adjustment it is
-- @credits Credits
-- @charges Charges that they are on
-- @written_off What was written off, in dollars
-- @written_off_share Its share of what the account wrote off in the month; none where that is nothing
WITH credits AS (
    SELECT customer_account,
           coalesce(to_char(payment_received, 'YYYY-MM'), 'Unknown') AS month,
           coalesce(credit_source_w_o_payer, 'Unknown') AS credit_source,
           coalesce(adjustment_code_s, 'Unknown') AS adjustment_code,
           coalesce(credit_payer_name, 'Unknown') AS payer_name,
           count(*) AS credits,
           count(DISTINCT charge_id) AS charges,
           coalesce(sum(payment_total_applied), 0.00) AS written_off
    FROM billing.write_off_trends
    GROUP BY 1, 2, 3, 4, 5
)
SELECT *,
       round(written_off / nullif(sum(written_off) OVER (PARTITION BY customer_account, month), 0), 4) AS written_off_share
FROM credits
ORDER BY 1, 2, 3, 4, 5
