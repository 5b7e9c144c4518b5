WITH due AS (
    SELECT a.appointment_id, a.appointment_time, coalesce(d.name, 'doctor ' || a.doctor_id) AS doctor, a.patient_id, r.is_reachable
    FROM hospital.appointments a
    JOIN hospital.doctors d USING (doctor_id)
    JOIN hospital.reminder_addresses r USING (patient_id)
    WHERE a.appointment_date = current_setting('rounds.as_of')::date AND a.status = 'booked' AND r.address IS NULL
)
SELECT coalesce(to_char(appointment_time, 'HH24:MI'), '--:--') AS time, doctor,
       (SELECT count(*) FROM due) AS appointments,
       (SELECT count(DISTINCT patient_id) FROM due WHERE NOT is_reachable) AS unreachable
FROM due
ORDER BY appointment_time, doctor, appointment_id
