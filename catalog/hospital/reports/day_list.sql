SELECT a.appointment_id, to_char(a.appointment_time, 'HH24:MI') AS time, d.name AS doctor, a.visit_type, a.status, a.doctor_id
FROM hospital.appointments a
JOIN hospital.doctors d USING (doctor_id)
WHERE a.appointment_date = current_setting('rounds.as_of')::date
ORDER BY a.appointment_time, a.appointment_id
