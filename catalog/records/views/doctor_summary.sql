-- Visits and patients of each doctor; a doctor whom nobody has seen is there with none.
-- @visits How many visits
-- @unique_patients How many patients came, each counted once
SELECT d.doctor_id,
       d.name,
       d.specialization,
       d.hospital,
       count(v.visit_id) AS visits,
       count(DISTINCT v.patient_id) AS unique_patients
FROM records.doctors d
LEFT JOIN records.visits v USING (doctor_id)
GROUP BY d.doctor_id, d.name, d.specialization, d.hospital
ORDER BY visits DESC, d.doctor_id
