-- Of few appointments a share says little. Doctors of the same name are told apart by their numbers.
SELECT CASE WHEN count(*) OVER (PARTITION BY d.name) > 1 THEN d.doctor_id || ' ' ELSE '' END || coalesce(d.name, d.doctor_id) AS doctor,
       a.no_show_rate
FROM (SELECT doctor_id, round(avg((status = 'no_show')::int), 6) AS no_show_rate
      FROM hospital.appointments
      WHERE appointment_date BETWEEN current_setting('rounds.period_first')::date AND current_setting('rounds.period_last')::date
      GROUP BY doctor_id
      HAVING count(*) >= 10) AS a
JOIN hospital.doctors d USING (doctor_id)
ORDER BY a.no_show_rate DESC, d.doctor_id
LIMIT 10
