-- Revenue by month, practice, facility and office. A charge with several payments in a month counts once in what
-- was charged.
-- @customer_account The vendor's number of the account
-- @month The month when payments were received; Unknown without a date
-- @practice_name The practice that bills
-- @facility_name The facility where the service was given
-- @office_name The office of the practice
-- @charges Charges that were paid or answered
-- @payments Lines of payment
-- @charge_amount What was charged, in dollars
-- @insurance_paid What insurers paid, in dollars
-- @patient_paid What patients paid, in dollars
-- @total_paid What was paid in all, in dollars
-- @unapplied What was received and not yet applied, in dollars
-- @adjustments What was adjusted on these charges, in dollars
-- @collection_rate What was paid for each dollar charged; none where nothing was charged
WITH payments AS (
    SELECT customer_account,
           coalesce(to_char(payment_received, 'YYYY-MM'), 'Unknown') AS month,
           coalesce(practice_name, 'Unknown') AS practice_name,
           coalesce(facility_name, 'Unknown') AS facility_name,
           coalesce(office_name, 'Unknown') AS office_name,
           charge_id,
           coalesce(charge_amount, 0.00) AS charge_amount,
           coalesce(charge_total_adjustments, 0.00) AS adjustments,
           coalesce(insurance_paid_amount, 0.00) AS insurance_paid,
           coalesce(payment_total_paid, insurance_paid_amount, 0.00) AS total_paid,
           coalesce(payment_unapplied_amount, 0.00) AS unapplied
    FROM billing.quadrant_performance
), told AS (
    SELECT *,
           charge_id IS NULL OR row_number() OVER (
               PARTITION BY customer_account, month, practice_name, facility_name, office_name, charge_id
               ORDER BY charge_amount DESC, adjustments DESC
           ) = 1 AS is_first_of_charge
    FROM payments
), summed AS (
    SELECT customer_account, month, practice_name, facility_name, office_name,
           count(*) FILTER (WHERE is_first_of_charge) AS charges,
           count(*) AS payments,
           sum(charge_amount) FILTER (WHERE is_first_of_charge) AS charge_amount,
           sum(insurance_paid) AS insurance_paid,
           sum(total_paid - insurance_paid) AS patient_paid,
           sum(total_paid) AS total_paid,
           sum(unapplied) AS unapplied,
           sum(adjustments) FILTER (WHERE is_first_of_charge) AS adjustments
    FROM told
    GROUP BY 1, 2, 3, 4, 5
)
SELECT *, round(total_paid / nullif(charge_amount, 0), 4) AS collection_rate
FROM summed
ORDER BY 1, 2, 3, 4, 5
