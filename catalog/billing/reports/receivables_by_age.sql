-- Each age has a row, so that one at which nothing is owed is seen as such; charges without a date only where there are any.
SELECT coalesce(owed.aging_bucket, ages.aging_bucket) AS days_since_service, coalesce(charges, 0) AS charges,
       coalesce(due_from_payers, 0) AS due_from_payers_usd, coalesce(due_from_patients, 0) AS due_from_patients_usd,
       coalesce(balance, 0) AS balance_usd
FROM billing.aging_buckets AS ages
FULL JOIN (
    SELECT aging_bucket, aging_bucket_order, sum(charges)::bigint AS charges, sum(balance_due_payer) AS due_from_payers,
           sum(balance_due_patient) AS due_from_patients, sum(balance_due) AS balance
    FROM billing.ar_aging_summary
    GROUP BY aging_bucket, aging_bucket_order
) AS owed USING (aging_bucket_order)
ORDER BY aging_bucket_order
