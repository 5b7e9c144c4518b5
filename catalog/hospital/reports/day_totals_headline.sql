SELECT count(*) FILTER (WHERE is_today) AS "Appointments",
       count(*) FILTER (WHERE is_today AND status = 'booked') AS "Booked",
       count(*) FILTER (WHERE is_today AND status = 'completed') AS "Completed",
       count(*) FILTER (WHERE is_today AND status = 'cancelled') AS "Cancelled",
       count(*) FILTER (WHERE is_today AND status = 'no_show') AS "No-shows",
       count(*) FILTER (WHERE NOT is_today AND status = 'booked') AS "Booked for the next seven days",
       (SELECT count(*) FROM hospital.patients) AS "Patients",
       (SELECT count(*) FROM hospital.doctors WHERE is_active) AS "Active doctors"
FROM (SELECT status, appointment_date = current_setting('rounds.as_of')::date AS is_today
      FROM hospital.appointments
      WHERE appointment_date BETWEEN current_setting('rounds.as_of')::date AND current_setting('rounds.as_of')::date + 7) AS a
