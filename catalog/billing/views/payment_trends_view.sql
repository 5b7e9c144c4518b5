-- Payments, line by line: what was paid and by whom, how long it took to post it, and what of it was applied.
-- @customer_account The vendor's number of the account
-- @practice_name The practice that bills
-- @patient_id The vendor's number of the patient
-- @patient_name The patient's name, without the number behind it
-- @claim_id The vendor's number of the claim
-- @charge_id The vendor's number of the charge
-- @payer_name The primary payer
-- @cpt_code Procedure code (CPT or HCPCS)
-- @revenue_code Revenue code
-- @type_of_bill Type of bill
-- @charge_from_date First day of the service
-- @charge_to_date Last day of the service
-- @charge_entered_date The day when the charge was entered
-- @payment_received The day when the payment was received
-- @payment_entered The day when it was posted
-- @posting_turnaround Days from receipt to posting; negative where it was posted before it was received
-- @payment_status Paid or not paid; money taken back is not paid
-- @payment_type Insurance, Patient, or Insurance and patient, by the amounts; none where there are none
-- @charge_amount What was charged, in dollars; it stands on each payment of the charge
-- @allowed_amount What the payer allows, in dollars
-- @insurance_paid What insurers paid, in dollars; negative where they took money back
-- @patient_paid What the patient paid, in dollars
-- @total_paid What was paid in all, in dollars
-- @insurance_applied What of the insurer's payment was applied to charges, in dollars
-- @patient_applied What of the patient's payment was applied to charges, in dollars
-- @applied What was applied in all, in dollars
-- @unapplied What was received and not yet applied, in dollars
-- @adjustments What was adjusted, in dollars
-- @day The day when the payment was received
-- @iso_week Its week by ISO 8601, with the week's own year: 2024-12-30 is in 2025-W01
-- @month Its month
-- @year Its year
SELECT customer_account,
       practice_name,
       charge_patient_id AS patient_id,
       nullif(regexp_replace(patient_full_name, '\s*\([^()]*\d[^()]*\)\s*$', ''), '') AS patient_name,
       claim_id,
       charge_id,
       charge_primary_payer_name AS payer_name,
       charge_cpt_code AS cpt_code,
       charge_rev_code AS revenue_code,
       type_of_bill,
       charge_from_date,
       charge_to_date,
       charge_entered_date,
       payment_received,
       payment_entered,
       payment_entered - payment_received AS posting_turnaround,
       CASE WHEN total_paid > 0 THEN 'Paid' ELSE 'Not paid' END AS payment_status,
       CASE
           WHEN is_insurance AND is_patient THEN 'Insurance and patient'
           WHEN is_insurance THEN 'Insurance'
           WHEN is_patient THEN 'Patient'
       END AS payment_type,
       charge_amount,
       payment_allowed_amount AS allowed_amount,
       insurance_paid,
       total_paid - insurance_paid AS patient_paid,
       total_paid,
       insurance_applied,
       patient_applied,
       coalesce(payment_total_applied, insurance_applied + patient_applied) AS applied,
       coalesce(payment_unapplied_amount, 0.00) AS unapplied,
       coalesce(charge_total_adjustments, 0.00) AS adjustments,
       payment_received AS day,
       to_char(payment_received, 'IYYY-"W"IW') AS iso_week,
       to_char(payment_received, 'YYYY-MM') AS month,
       extract(year FROM payment_received)::integer AS year
FROM billing.payment_trends
CROSS JOIN LATERAL (
    SELECT coalesce(insurance_paid_amount, 0.00) AS insurance_paid,
           coalesce(payment_total_paid, insurance_paid_amount, 0.00) AS total_paid,
           coalesce(insurance_applied_amount, 0.00) AS insurance_applied,
           coalesce(patient_applied_amount, 0.00) AS patient_applied
) paid
CROSS JOIN LATERAL (
    SELECT insurance_paid <> 0 OR insurance_applied <> 0 AS is_insurance,
           total_paid <> insurance_paid OR patient_applied <> 0 AS is_patient
) told
