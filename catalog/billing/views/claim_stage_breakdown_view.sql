-- The stages of claims: how many claims stand where, what is owed on them, and how long they have been there, to
-- see what holds them up. The day is ops.as_of().
-- @customer_account The vendor's number of the account
-- @claim_status The stage: where the claims stand, in the vendor's words
-- @claims Claims at that stage
-- @charges Their charges
-- @charge_amount What was charged, in dollars
-- @balance What is still owed, in dollars
-- @balance_due_payer What insurers and other payers owe of it, in dollars
-- @balance_due_patient What patients owe of it, in dollars
-- @balance_at_collections What of it was given to a collection agency, in dollars
-- @balance_share The stage's share of all that is owed to the account; none where nothing is
-- @average_age Days from the entry of a charge to as_of, on the average
-- @longest_age_days Days from the entry of the oldest charge to as_of
SELECT customer_account,
       coalesce(claim_status, 'Unknown') AS claim_status,
       count(DISTINCT claim_id) AS claims,
       count(*) AS charges,
       coalesce(sum(charge_amount), 0.00) AS charge_amount,
       coalesce(sum(charge_balance), 0.00) AS balance,
       coalesce(sum(charge_balance_due_ins), 0.00) + coalesce(sum(charge_balance_due_other), 0.00) AS balance_due_payer,
       coalesce(sum(charge_balance_due_pat), 0.00) AS balance_due_patient,
       coalesce(sum(charge_balance_at_collections), 0.00) AS balance_at_collections,
       round(coalesce(sum(charge_balance), 0.00)
             / nullif(sum(sum(charge_balance)) OVER (PARTITION BY customer_account), 0), 4) AS balance_share,
       round(avg(age_days), 1) AS average_age,
       max(age_days) AS longest_age_days
FROM billing.claim_stage_breakdown
CROSS JOIN ops.as_of() AS as_of
CROSS JOIN LATERAL (
    SELECT CASE WHEN charge_entered_date < as_of THEN as_of - charge_entered_date
                WHEN charge_entered_date IS NOT NULL THEN 0 END AS age_days
) age
GROUP BY 1, 2
ORDER BY 1, 2
