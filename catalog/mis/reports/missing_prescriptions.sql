SELECT doctor_name, appointment_id, appointment_date, to_char(appointment_time, 'HH24:MI') AS starts_at, hospital_name,
       speciality, patient_name, uhid, mobile, appt_payment_status AS payment_status,
       consultation_datetime AS consultation_at, completed_datetime AS completed_at
FROM mis.appointments
WHERE appointment_date = current_setting('rounds.as_of')::date - 1
  AND consider_patient = 'yes' AND appt_status = 'done' AND procedure_type = 'instant'
  AND appt_payment_status IN ('paid', 'cash') AND NOT is_prescription_generated
  AND (current_setting('rounds.hospitals')::jsonb = '[]' OR current_setting('rounds.hospitals')::jsonb ? lower(hospital_name))
ORDER BY doctor_name, appointment_time, appointment_id
