SELECT a.doctor_id, d.name AS doctor, count(*) AS appointments,
       count(*) FILTER (WHERE a.status = 'booked') AS booked,
       count(*) FILTER (WHERE a.status = 'completed') AS completed,
       count(*) FILTER (WHERE a.status = 'cancelled') AS cancelled,
       count(*) FILTER (WHERE a.status = 'no_show') AS no_shows
FROM hospital.appointments a
JOIN hospital.doctors d USING (doctor_id)
WHERE a.appointment_date = current_setting('rounds.as_of')::date
GROUP BY a.doctor_id, d.name
ORDER BY appointments DESC, a.doctor_id
