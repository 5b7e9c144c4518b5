-- Confirmed and cancelled appointments by doctor, with the share that was confirmed; the busiest doctor first.
SELECT d.doctor_id,
       d.name,
       d.specialty,
       count(*) FILTER (WHERE a.status = 'confirmed') AS confirmed,
       count(*) FILTER (WHERE a.status = 'cancelled') AS cancelled,
       round(count(*) FILTER (WHERE a.status = 'confirmed')::numeric / nullif(count(a.booking_id), 0), 4) AS confirmation_rate
FROM healthtech.doctors d
LEFT JOIN healthtech.appointments a USING (doctor_id)
GROUP BY d.doctor_id, d.name, d.specialty
ORDER BY confirmed DESC, d.doctor_id
