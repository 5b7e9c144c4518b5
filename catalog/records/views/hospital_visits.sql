-- Visits, patients and active doctors of each hospital; doctors without a hospital share a row whose hospital is null.
-- @visits How many visits
-- @unique_patients How many patients came, each counted once
-- @active_doctors How many of its doctors have had a visit
SELECT d.hospital,
       count(v.visit_id) AS visits,
       count(DISTINCT v.patient_id) AS unique_patients,
       count(DISTINCT v.doctor_id) AS active_doctors
FROM records.doctors d
LEFT JOIN records.visits v USING (doctor_id)
GROUP BY d.hospital
ORDER BY visits DESC, d.hospital
