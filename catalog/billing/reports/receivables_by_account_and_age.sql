SELECT customer_account AS account, aging_bucket AS days_since_service, charges,
       balance_due_payer AS due_from_payers_usd, balance_due_patient AS due_from_patients_usd, balance_due AS balance_usd
FROM billing.ar_aging_summary
ORDER BY account, aging_bucket_order
