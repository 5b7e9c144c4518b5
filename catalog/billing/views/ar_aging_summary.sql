-- Accounts receivable by account and age: how many charges, and what is owed on them.
-- @customer_account The vendor's number of the account
-- @aging_bucket How old the charges are: 0-5 days to over 90 days, or Unknown
-- @aging_bucket_order The bucket's place, from 1, to sort by
-- @charges Charges of that age
-- @balance_due_payer What insurers and other payers owe, in dollars
-- @balance_due_patient What patients owe, in dollars
-- @balance_due What payers and patients owe together, in dollars
SELECT customer_account,
       aging_bucket,
       aging_bucket_order,
       count(*) AS charges,
       sum(balance_due_payer) AS balance_due_payer,
       sum(balance_due_patient) AS balance_due_patient,
       sum(balance_due) AS balance_due
FROM billing.ar_aging_view
GROUP BY customer_account, aging_bucket, aging_bucket_order
ORDER BY customer_account, aging_bucket_order
