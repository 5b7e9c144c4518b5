-- A hospital has a column for each day, also where nothing was cancelled; it is one hospital in whatever case it is written.
SELECT day::date AS appointment_date, hospitals.hospital_name,
       (SELECT count(*)
        FROM mis.appointments
        WHERE appointment_date = day::date AND appt_status = 'cancelled'
          AND lower(hospital_name) IS NOT DISTINCT FROM hospitals.hospital) AS cancelled
FROM generate_series(current_setting('rounds.as_of')::date - 13, current_setting('rounds.as_of')::date, '1 day') AS day,
     (SELECT lower(hospital_name) AS hospital, mode() WITHIN GROUP (ORDER BY hospital_name) AS hospital_name
      FROM mis.appointments
      WHERE appt_status = 'cancelled'
        AND appointment_date BETWEEN current_setting('rounds.as_of')::date - 13 AND current_setting('rounds.as_of')::date
        AND (current_setting('rounds.hospitals')::jsonb = '[]'
             OR current_setting('rounds.hospitals')::jsonb ? lower(hospital_name))
      GROUP BY 1) AS hospitals
ORDER BY appointment_date, hospital_name
