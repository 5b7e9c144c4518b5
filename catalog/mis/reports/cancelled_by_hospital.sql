-- A hospital is one hospital in whatever case it is written.
SELECT mode() WITHIN GROUP (ORDER BY hospital_name) AS hospital_name, count(*) AS cancelled, sum(amount_inr) AS amount_inr
FROM mis.appointments
WHERE appointment_date BETWEEN current_setting('rounds.as_of')::date - 1 AND current_setting('rounds.as_of')::date
  AND appt_status = 'cancelled'
  AND (current_setting('rounds.hospitals')::jsonb = '[]' OR current_setting('rounds.hospitals')::jsonb ? lower(hospital_name))
GROUP BY lower(hospital_name)
ORDER BY cancelled DESC, hospital_name
