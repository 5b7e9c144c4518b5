SELECT to_char(m.first, 'Mon YYYY') AS month, w.went, count(a.appointment_id) AS appointments
FROM generate_series(current_setting('rounds.period_first')::timestamp - interval '3 months',
                     current_setting('rounds.period_last')::timestamp, interval '1 month') AS m (first)
CROSS JOIN (VALUES ('completed', 'Completed'), ('cancelled', 'Cancelled'), ('no_show', 'No-show'), ('booked', 'Never closed')) AS w (status, went)
LEFT JOIN hospital.appointments a
       ON a.appointment_date >= m.first::date AND a.appointment_date < (m.first + interval '1 month')::date AND a.status = w.status
GROUP BY m.first, w.went
ORDER BY m.first, w.went
