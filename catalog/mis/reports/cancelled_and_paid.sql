SELECT appointment_id, appointment_date, to_char(appointment_time, 'HH24:MI') AS starts_at, hospital_name, doctor_name,
       speciality, patient_name, uhid, mobile, cancelled_datetime AS cancelled_at, payment_type, payment_reference_no,
       invoice_no, amount_inr, refund_amount_inr
FROM mis.appointments
WHERE appointment_date = current_setting('rounds.as_of')::date - 1
  AND consider_patient = 'yes' AND appt_status = 'cancelled' AND appt_payment_status = 'paid'
  AND (current_setting('rounds.hospitals')::jsonb = '[]' OR current_setting('rounds.hospitals')::jsonb ? lower(hospital_name))
ORDER BY amount_inr DESC NULLS LAST, appointment_id
