SELECT customer_account AS account, sum(charges)::bigint AS charges,
       sum(balance_due_payer) AS due_from_payers_usd, sum(balance_due_patient) AS due_from_patients_usd,
       sum(balance_due) AS balance_usd,
       coalesce(sum(balance_due) FILTER (WHERE aging_bucket_order = 9), 0) AS over_90_days_usd,
       CASE WHEN sum(balance_due) > 0
            THEN round(coalesce(sum(balance_due) FILTER (WHERE aging_bucket_order = 9), 0) / sum(balance_due), 4)
       END AS over_90_days_share
FROM billing.ar_aging_summary
GROUP BY customer_account
ORDER BY balance_usd DESC, account
