SELECT appointment_id, appointment_date, to_char(appointment_time, 'HH24:MI') AS starts_at, hospital_name, doctor_name,
       speciality, procedure_type, patient_name, uhid, mobile, cancelled_datetime AS cancelled_at,
       appt_payment_status AS payment_status, consider_patient, amount_inr, refund_amount_inr
FROM mis.appointments
WHERE appointment_date BETWEEN current_setting('rounds.as_of')::date - 1 AND current_setting('rounds.as_of')::date
  AND appt_status = 'cancelled'
  AND (current_setting('rounds.hospitals')::jsonb = '[]' OR current_setting('rounds.hospitals')::jsonb ? lower(hospital_name))
ORDER BY appointment_date DESC, hospital_name, appointment_time, appointment_id
