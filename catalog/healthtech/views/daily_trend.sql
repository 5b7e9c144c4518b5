-- Appointments by day with the share that was confirmed; cancelled in a date range: sum(cancelled) WHERE booking_date BETWEEN … AND …
SELECT booking_date,
       count(*) FILTER (WHERE status = 'confirmed') AS confirmed,
       count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
       round(count(*) FILTER (WHERE status = 'confirmed')::numeric / count(*), 4) AS confirmation_rate
FROM healthtech.appointments
GROUP BY booking_date
ORDER BY booking_date
