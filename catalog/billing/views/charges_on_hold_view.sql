-- Charges on hold by facility, claim status and procedure: how many, what they come to, and how long the oldest has
-- waited. The day is ops.as_of().
-- @customer_account The vendor's number of the account
-- @facility_name The facility where the service was given
-- @claim_status Where the claims stand, in the vendor's words
-- @cpt_code Procedure code (CPT or HCPCS)
-- @charges Charges on hold
-- @total_amount What was charged for them, in dollars
-- @longest_hold_days Days from the entry of the oldest of them to as_of; 0 where it is dated later
SELECT customer_account,
       coalesce(facility_name, 'Unknown') AS facility_name,
       coalesce(claim_status, 'Unknown') AS claim_status,
       coalesce(charge_cpt_code, 'Unknown') AS cpt_code,
       count(*) AS charges,
       coalesce(sum(charge_amount), 0.00) AS total_amount,
       max(CASE WHEN charge_entered_date < as_of THEN as_of - charge_entered_date
                WHEN charge_entered_date IS NOT NULL THEN 0 END) AS longest_hold_days
FROM billing.charges_on_hold
CROSS JOIN ops.as_of() AS as_of
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
