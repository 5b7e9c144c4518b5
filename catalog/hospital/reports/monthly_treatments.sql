SELECT g.doctor_id, g.given_at::date AS date, coalesce(p.name, p.patient_id) AS patient,
       g.visit_type, g.diagnosis, g.treatment, g.patient_id, g.treatment_id
FROM hospital.treatments_given g
JOIN hospital.doctors d USING (doctor_id)
JOIN hospital.patients p USING (patient_id)
WHERE d.is_active
  AND g.given_at >= current_setting('rounds.period_first')::date
  AND g.given_at < current_setting('rounds.period_last')::date + 1
ORDER BY g.given_at, g.treatment_id
