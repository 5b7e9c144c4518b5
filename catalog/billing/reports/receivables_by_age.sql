-- Each age has a row, so that one at which nothing is owed is seen as such; charges without a date only where there are any.
SELECT coalesce(aging_bucket, age) AS days_since_service, coalesce(charges, 0) AS charges,
       coalesce(due_from_payers, 0) AS due_from_payers_usd, coalesce(due_from_patients, 0) AS due_from_patients_usd,
       coalesce(balance, 0) AS balance_usd
FROM unnest(ARRAY['0-5 days', '6-10 days', '11-14 days', '15-21 days', '22-30 days', '31-45 days', '46-60 days',
                  '61-90 days', 'over 90 days']) WITH ORDINALITY AS ages (age, place)
FULL JOIN (
    SELECT aging_bucket, aging_bucket_order, sum(charges)::bigint AS charges, sum(balance_due_payer) AS due_from_payers,
           sum(balance_due_patient) AS due_from_patients, sum(balance_due) AS balance
    FROM billing.ar_aging_summary
    GROUP BY aging_bucket, aging_bucket_order
) AS owed ON aging_bucket_order = place
ORDER BY coalesce(aging_bucket_order, place)
