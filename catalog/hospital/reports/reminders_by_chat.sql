SELECT coalesce(to_char(a.appointment_time, 'HH24:MI'), '--:--') AS time, coalesce(d.name, 'doctor ' || a.doctor_id) AS doctor,
       count(*) OVER () AS appointments, count(*) FILTER (WHERE NOT r.is_reachable) OVER () AS unreachable
FROM hospital.appointments a
JOIN hospital.doctors d USING (doctor_id)
JOIN hospital.reminder_addresses r USING (patient_id)
WHERE a.appointment_date = current_setting('rounds.as_of')::date AND a.status = 'booked' AND r.address IS NULL
ORDER BY a.appointment_time, doctor, a.appointment_id
