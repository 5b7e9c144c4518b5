-- A doctor is one doctor in whatever case the name is written.
SELECT mode() WITHIN GROUP (ORDER BY doctor_name) AS doctor_name, count(*) AS missing
FROM mis.appointments
WHERE appointment_date = current_setting('rounds.as_of')::date - 1
  AND consider_patient = 'yes' AND appt_status = 'done' AND procedure_type = 'instant'
  AND appt_payment_status IN ('paid', 'cash') AND NOT is_prescription_generated
  AND (current_setting('rounds.hospitals')::jsonb = '[]' OR current_setting('rounds.hospitals')::jsonb ? lower(hospital_name))
GROUP BY lower(doctor_name)
ORDER BY missing DESC, doctor_name
