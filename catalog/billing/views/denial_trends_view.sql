-- Denials by month, payer and reason. A line is denied where the payer paid nothing and gave a reason code; one
-- with several codes counts under each of them. A payer who denied nothing has one row without a reason.
-- @customer_account The vendor's number of the account
-- @month The month of the payer's answer: when it was received, else posted; Unknown without either
-- @payer_name The payer who answered, else the primary payer
-- @answered_charges Lines that the payer answered in the month
-- @payer_denied_charges Those that it denied, for whatever reason
-- @payer_denial_rate The share that it denied, for whatever reason
-- @reason_code Reason code (CARC) of the denials
-- @denied_charges Lines denied for this reason
-- @denied_amount What was charged for them, in dollars
-- @denial_rate The share of the answered lines that was denied for this reason
WITH answered AS (
    SELECT customer_account,
           coalesce(to_char(coalesce(payment_received, payment_entered), 'YYYY-MM'), 'Unknown') AS month,
           coalesce(payer_name, charge_primary_payer_name, 'Unknown') AS payer_name,
           unpaid_reason_code_s AS codes,
           coalesce(insurance_paid_amount, 0.00) <= 0 AND unpaid_reason_code_s ~ '[[:alnum:]]' AS is_denied,
           coalesce(charge_amount, 0.00) AS charge_amount
    FROM billing.denial_trends
), payers AS (
    SELECT customer_account, month, payer_name, count(*) AS answered, count(*) FILTER (WHERE is_denied) AS denied
    FROM answered
    GROUP BY 1, 2, 3
), reasons AS (
    SELECT customer_account, month, payer_name, reason_code, count(*) AS denied, sum(charge_amount) AS denied_amount
    FROM answered
    CROSS JOIN LATERAL (
        SELECT DISTINCT upper(btrim(code)) AS reason_code FROM regexp_split_to_table(codes, '[,;|/]|\s+(?![\s0-9])') AS code
    ) given
    WHERE is_denied AND reason_code ~ '[[:alnum:]]'
    GROUP BY 1, 2, 3, 4
)
SELECT customer_account,
       month,
       payer_name,
       p.answered AS answered_charges,
       p.denied AS payer_denied_charges,
       round(p.denied::numeric / p.answered, 4) AS payer_denial_rate,
       reason_code,
       coalesce(r.denied, 0) AS denied_charges,
       coalesce(r.denied_amount, 0.00) AS denied_amount,
       round(coalesce(r.denied, 0)::numeric / p.answered, 4) AS denial_rate
FROM payers p
LEFT JOIN reasons r USING (customer_account, month, payer_name)
ORDER BY customer_account, month, payer_name, denied_charges DESC, reason_code
