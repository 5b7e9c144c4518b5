SELECT a.doctor_id, a.appointment_date AS date, coalesce(p.name, p.patient_id) AS patient,
       to_char(a.appointment_time, 'HH24:MI') AS time, replace(a.status, '_', ' ') AS status,
       a.visit_type, a.patient_id, a.appointment_id
FROM hospital.appointments a
JOIN hospital.doctors d USING (doctor_id)
JOIN hospital.patients p USING (patient_id)
WHERE d.is_active
  AND a.appointment_date BETWEEN current_setting('rounds.period_first')::date AND current_setting('rounds.period_last')::date
ORDER BY a.appointment_date, a.appointment_time, a.appointment_id
