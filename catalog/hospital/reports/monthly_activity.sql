-- A row for each doctor who works here, so that each has a letter. A patient counts once, however often he came.
WITH booked AS (
    SELECT doctor_id, count(*) AS appointments, count(DISTINCT patient_id) AS patients,
           count(*) FILTER (WHERE status = 'completed') AS completed,
           count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
           count(*) FILTER (WHERE status = 'no_show') AS no_shows,
           count(*) FILTER (WHERE status = 'booked') AS still_booked
    FROM hospital.appointments
    WHERE appointment_date BETWEEN current_setting('rounds.period_first')::date AND current_setting('rounds.period_last')::date
    GROUP BY doctor_id
), given AS (
    SELECT doctor_id, count(*) AS treatments
    FROM hospital.treatments_given
    WHERE given_at >= current_setting('rounds.period_first')::date AND given_at < current_setting('rounds.period_last')::date + 1
    GROUP BY doctor_id
)
SELECT d.doctor_id, d.email, coalesce(d.name, d.doctor_id) AS doctor,
       coalesce(b.appointments, 0) AS appointments, coalesce(b.completed, 0) AS completed,
       coalesce(b.cancelled, 0) AS cancelled, coalesce(b.no_shows, 0) AS no_shows,
       coalesce(b.still_booked, 0) AS still_booked,
       coalesce(g.treatments, 0) AS treatments, coalesce(b.patients, 0) AS patients
FROM hospital.doctors d
LEFT JOIN booked b USING (doctor_id)
LEFT JOIN given g USING (doctor_id)
WHERE d.is_active
ORDER BY d.doctor_id
