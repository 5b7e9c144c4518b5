SELECT a.appointment_id, a.appointment_date, coalesce(to_char(a.appointment_time, 'HH24:MI'), 'a time that we will tell you') AS time,
       coalesce(d.name, 'your doctor') AS doctor, a.visit_type, coalesce(p.name, 'patient') AS patient, r.address
FROM hospital.appointments a
JOIN hospital.patients p USING (patient_id)
JOIN hospital.doctors d USING (doctor_id)
JOIN hospital.reminder_addresses r USING (patient_id)
WHERE a.appointment_date = current_setting('rounds.as_of')::date AND a.status = 'booked' AND r.address IS NOT NULL
ORDER BY a.appointment_time, a.appointment_id
