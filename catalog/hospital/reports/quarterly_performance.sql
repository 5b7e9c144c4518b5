-- Shares are of all appointments of the quarter, those among them that nobody has closed. Patients are an integer, because
-- they do not add up.
SELECT to_char(q.first, 'YYYY "Q"Q') AS quarter, count(a.appointment_id) AS appointments,
       round(avg((a.status = 'completed')::int), 6) AS completion_rate,
       round(avg((a.status = 'cancelled')::int), 6) AS cancellation_rate,
       round(avg((a.status = 'no_show')::int), 6) AS no_show_rate,
       count(*) FILTER (WHERE a.status = 'completed') AS completed,
       count(*) FILTER (WHERE a.status = 'cancelled') AS cancelled,
       count(*) FILTER (WHERE a.status = 'no_show') AS no_shows,
       count(*) FILTER (WHERE a.status = 'booked') AS never_closed,
       count(DISTINCT a.patient_id)::int AS patients,
       (SELECT count(*) FROM hospital.treatments_given g
        WHERE g.given_at >= q.first AND g.given_at < q.first + interval '3 months') AS treatments
FROM (VALUES (current_setting('rounds.period_first')::date),
             ((current_setting('rounds.period_first')::date - interval '3 months')::date)) AS q (first)
LEFT JOIN hospital.appointments a
       ON a.appointment_date >= q.first AND a.appointment_date < q.first + interval '3 months'
GROUP BY q.first
ORDER BY q.first DESC
