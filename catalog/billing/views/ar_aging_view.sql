-- Accounts receivable, charge by charge: what insurers and the patient owe, for how long, and how often the patient
-- was asked for it. The day is ops.as_of().
-- @customer_account The vendor's number of the account
-- @as_of The day that ages are counted to
-- @practice_name The practice that bills
-- @patient_id The vendor's number of the patient
-- @patient_name The patient's name, without the number behind it
-- @claim_id The vendor's number of the claim
-- @charge_id The vendor's number of the charge
-- @claim_status Where the claim stands, in the vendor's words
-- @payer_name The primary payer
-- @payer_id The primary payer's identifier for claims
-- @cpt_code Procedure code (CPT or HCPCS)
-- @cpt_description What the procedure code means
-- @revenue_code Revenue code
-- @charge_date First day of the service, which the age goes by
-- @charge_entered_date The day when the charge was entered
-- @claim_first_billed_date The day when the claim first went out; none where it has not yet
-- @charge_amount What was charged, in dollars
-- @total_payments What was paid so far, in dollars
-- @balance_due_payer What insurers and other payers owe, in dollars
-- @balance_due_patient What the patient owes, in dollars
-- @balance_due What payers and patient owe together, in dollars
-- @balance_at_collections What was given to a collection agency, in dollars
-- @charge_age_days Days from the charge date to as_of; 0 where the date is later, none without a date
-- @aging_bucket The age in words: 0-5 days to over 90 days, or Unknown
-- @aging_bucket_order The bucket's place, from 1, to sort by; Unknown is the last, 10
-- @statements_sent Statements that the patient was sent, printed and electronic
-- @statements_bucket The statements in words: under 3, 3-4, 5-6, over 6
-- @statements_bucket_order The bucket's place, from 1, to sort by
SELECT customer_account,
       as_of,
       practice_name,
       patient_id,
       nullif(regexp_replace(patient_full_name, '\s*\([^()]*\d[^()]*\)\s*$', ''), '') AS patient_name,
       claim_id,
       charge_id,
       claim_status,
       charge_primary_payer_name AS payer_name,
       charge_primary_payer_id AS payer_id,
       charge_cpt_code AS cpt_code,
       charge_cpt_description AS cpt_description,
       revenue_code,
       charge_from_date AS charge_date,
       charge_entered_date,
       claim_first_billed_date,
       charge_amount,
       charge_total_payments AS total_payments,
       balance_due_payer,
       balance_due_patient,
       balance_due_payer + balance_due_patient AS balance_due,
       charge_balance_at_collections AS balance_at_collections,
       charge_age_days,
       coalesce(aging_bucket, 'Unknown') AS aging_bucket,
       coalesce(aging_bucket_order, 10) AS aging_bucket_order,
       statements_sent,
       (ARRAY['under 3', '3-4', '5-6', 'over 6'])[statements_bucket_order] AS statements_bucket,
       statements_bucket_order
FROM billing.ar_aging
CROSS JOIN ops.as_of() AS as_of
CROSS JOIN LATERAL (
    SELECT coalesce(charge_balance_due_ins, 0.00) + coalesce(charge_balance_due_other, 0.00) AS balance_due_payer,
           coalesce(charge_balance_due_pat, 0.00) AS balance_due_patient,
           CASE WHEN charge_from_date < as_of THEN as_of - charge_from_date
                WHEN charge_from_date IS NOT NULL THEN 0 END AS charge_age_days,
           coalesce(patient_statements_printed, 0) + coalesce(patient_stmts_sent_electronically, 0) AS statements_sent
) due
CROSS JOIN LATERAL (SELECT 1 + width_bucket(statements_sent, ARRAY[3, 5, 7]) AS statements_bucket_order) bucket
LEFT JOIN billing.aging_buckets ON charge_age_days >= first_day AND (charge_age_days <= last_day OR last_day IS NULL)
