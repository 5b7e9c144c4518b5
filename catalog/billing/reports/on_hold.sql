SELECT facility_name AS facility, claim_status, sum(charges)::bigint AS charges, sum(total_amount) AS amount_usd,
       max(longest_hold_days) AS max_days_on_hold
FROM billing.charges_on_hold_view
GROUP BY facility_name, claim_status
ORDER BY amount_usd DESC, facility, claim_status
