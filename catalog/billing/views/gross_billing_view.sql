-- Gross billing, charge by charge: what was charged for which kind of service, whether it went out, and how long
-- that took. The day is ops.as_of().
-- @customer_account The vendor's number of the account
-- @as_of The day that days_on_hold is counted to
-- @practice_name The practice that bills
-- @patient_id The vendor's number of the patient
-- @patient_name The patient's name, without the number behind it
-- @claim_id The vendor's number of the claim
-- @charge_id The vendor's number of the charge
-- @claim_status Where the claim stands, in the vendor's words
-- @payer_name The primary payer
-- @current_payer_name The payer with whom the charge now is
-- @cpt_code Procedure code (CPT or HCPCS)
-- @revenue_code Revenue code
-- @service_type Kind of service by revenue code; Unknown without one
-- @type_of_bill Type of bill
-- @charge_from_date First day of the service
-- @charge_to_date Last day of the service
-- @charge_entered_date The day when the charge was entered
-- @claim_first_billed_date The day when the claim first went out; none where it has not yet
-- @charge_amount What was charged, in dollars
-- @units Units of the service
-- @billing_status Billed or not billed: whether the claim ever went out
-- @days_on_hold Days from the entry of the charge to as_of, billed or not; 0 where the entry is dated later
-- @billing_lag Days from the entry of the charge to the first bill; negative where the claim went out before, none
-- where it has not yet
-- @day The day when the charge was entered
-- @iso_week Its week by ISO 8601, with the week's own year: 2024-12-30 is in 2025-W01
-- @month Its month
-- @year Its year
SELECT customer_account,
       as_of,
       practice_name,
       charge_patient_id AS patient_id,
       nullif(regexp_replace(patient_full_name, '\s*\([^()]*\d[^()]*\)\s*$', ''), '') AS patient_name,
       charge_claim_id AS claim_id,
       charge_id,
       claim_status,
       charge_primary_payer_name AS payer_name,
       charge_current_payer_name AS current_payer_name,
       charge_cpt_code AS cpt_code,
       charge_rev_code AS revenue_code,
       coalesce(service_type, 'Unknown') AS service_type,
       type_of_bill,
       charge_from_date,
       charge_to_date,
       charge_entered_date,
       claim_first_billed_date,
       charge_amount,
       charge_units_sum AS units,
       CASE WHEN claim_first_billed_date IS NULL THEN 'Not billed' ELSE 'Billed' END AS billing_status,
       CASE WHEN charge_entered_date < as_of THEN as_of - charge_entered_date
            WHEN charge_entered_date IS NOT NULL THEN 0 END AS days_on_hold,
       claim_first_billed_date - charge_entered_date AS billing_lag,
       charge_entered_date AS day,
       to_char(charge_entered_date, 'IYYY-"W"IW') AS iso_week,
       to_char(charge_entered_date, 'YYYY-MM') AS month,
       extract(year FROM charge_entered_date)::integer AS year
FROM billing.gross_billing
CROSS JOIN ops.as_of() AS as_of
LEFT JOIN billing.revenue_codes ON revenue_code = lpad(substring(charge_rev_code FROM '^\d{3,4}'), 4, '0')
