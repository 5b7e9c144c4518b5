-- Visits and patients by reason; visits without one have a row of their own, whose reason is null.
-- @visits How many visits
-- @unique_patients How many patients came for it, each counted once
SELECT reason, count(*) AS visits, count(DISTINCT patient_id) AS unique_patients
FROM records.visits
GROUP BY reason
ORDER BY visits DESC, reason
