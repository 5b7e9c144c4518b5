-- The six months of the quarter and of the one before.
SELECT to_char(m.first, 'YYYY-MM') AS month, count(a.appointment_id) AS appointments,
       round(avg((a.status = 'completed')::int), 6) AS completion_rate,
       round(avg((a.status = 'cancelled')::int), 6) AS cancellation_rate,
       round(avg((a.status = 'no_show')::int), 6) AS no_show_rate
FROM generate_series(current_setting('rounds.period_first')::timestamp - interval '3 months',
                     current_setting('rounds.period_last')::timestamp, interval '1 month') AS m (first)
LEFT JOIN hospital.appointments a
       ON a.appointment_date >= m.first::date AND a.appointment_date < (m.first + interval '1 month')::date
GROUP BY m.first
ORDER BY m.first
