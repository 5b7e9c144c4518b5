-- The month of the letter's last day and the two before it, and answers of which no month is known.
WITH denials AS (
    SELECT reason_code, payer_name, sum(denied_charges)::bigint AS charges, sum(denied_amount) AS amount
    FROM billing.denial_trends_view
    WHERE reason_code IS NOT NULL
      AND (month = 'Unknown'
           OR month BETWEEN to_char(current_setting('rounds.period_last')::date - interval '2 months', 'YYYY-MM')
                        AND to_char(current_setting('rounds.period_last')::date, 'YYYY-MM'))
    GROUP BY reason_code, payer_name
)
SELECT reason_code AS reason, 'mostly ' || (array_agg(payer_name ORDER BY charges DESC, amount DESC, payer_name))[1] AS payers,
       sum(charges)::bigint AS charges, sum(amount) AS amount_usd
FROM denials
GROUP BY reason_code
ORDER BY charges DESC, amount_usd DESC, reason
