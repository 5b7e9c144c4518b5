SELECT count(*) AS "Appointments",
       round(avg((status = 'completed')::int), 6) AS "Completion rate",
       round(avg((status = 'cancelled')::int), 6) AS "Cancellation rate",
       round(avg((status = 'no_show')::int), 6) AS "No-show rate"
FROM hospital.appointments
WHERE appointment_date BETWEEN current_setting('rounds.period_first')::date AND current_setting('rounds.period_last')::date
