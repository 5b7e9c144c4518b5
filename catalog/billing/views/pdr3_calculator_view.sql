-- Patient days and the rates per day, by month of service, facility, kind of service and payer. Each line counts its days
-- and its charge: a service that was paid in two parts counts twice.
-- @customer_account The vendor's number of the account
-- @month The month of the first day of service; Unknown without a date
-- @facility_name The facility where the service was given
-- @service_type Kind of service by revenue code; Unknown without one
-- @payer_name The payer whose payment it is
-- @lines Lines of the report
-- @patient_days Days of service, first and last included; 1 where the last is missing or lies before the first, 0
-- without the first
-- @charge_amount What was charged, in dollars
-- @allowed_amount What the payer allows, in dollars
-- @insurance_paid What insurers paid, in dollars
-- @patient_paid What patients paid, copayments included, in dollars
-- @charged_per_day What was charged for each patient day, in dollars; none without days
-- @allowed_per_day What the payer allows for each patient day, in dollars; none without days
-- @paid_per_day What insurers and patients paid for each patient day, in dollars; none without days
WITH days AS (
    SELECT customer_account,
           coalesce(to_char(charge_from_date, 'YYYY-MM'), 'Unknown') AS month,
           coalesce(facility_name, 'Unknown') AS facility_name,
           coalesce(service_type, 'Unknown') AS service_type,
           coalesce(credit_payer_name, 'Unknown') AS payer_name,
           count(*) AS lines,
           sum(CASE WHEN charge_to_date > charge_from_date THEN charge_to_date - charge_from_date + 1
                    WHEN charge_from_date IS NOT NULL THEN 1 ELSE 0 END) AS patient_days,
           coalesce(sum(charge_amount), 0.00) AS charge_amount,
           coalesce(sum(payment_allowed_amount), 0.00) AS allowed_amount,
           coalesce(sum(insurance_paid_amount), 0.00) AS insurance_paid,
           coalesce(sum(patient_paid_amount_w_copays), 0.00) AS patient_paid
    FROM billing.pdr3_calculator
    LEFT JOIN billing.revenue_codes ON revenue_code = lpad(substring(charge_rev_code FROM '^\d{3,4}'), 4, '0')
    GROUP BY 1, 2, 3, 4, 5
)
SELECT *,
       round(charge_amount / nullif(patient_days, 0), 2) AS charged_per_day,
       round(allowed_amount / nullif(patient_days, 0), 2) AS allowed_per_day,
       round((insurance_paid + patient_paid) / nullif(patient_days, 0), 2) AS paid_per_day
FROM days
ORDER BY 1, 2, 3, 4, 5
