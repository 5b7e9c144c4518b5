-- A month without appointments has no shares.
SELECT to_char(date_trunc('month', a.appointment_date), 'Mon YYYY') AS month, w.went,
       round(avg((a.status = w.status)::int), 6) AS rate
FROM hospital.appointments a
CROSS JOIN (VALUES ('completed', 'Completed'), ('cancelled', 'Cancelled'), ('no_show', 'No-show')) AS w (status, went)
WHERE a.appointment_date >= current_setting('rounds.period_first')::date - interval '3 months'
  AND a.appointment_date <= current_setting('rounds.period_last')::date
GROUP BY date_trunc('month', a.appointment_date), w.went
ORDER BY date_trunc('month', a.appointment_date), w.went
