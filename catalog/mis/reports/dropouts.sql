SELECT appointment_id, appointment_date, to_char(appointment_time, 'HH24:MI') AS starts_at, hospital_name, doctor_name,
       speciality, procedure_type, booking_source, booked_datetime AS booked_at, patient_name, mobile, city,
       cancelled_datetime AS cancelled_at, amount_inr
FROM mis.appointments
WHERE appointment_date = current_setting('rounds.as_of')::date - 1
  AND consider_patient = 'yes' AND appt_status = 'cancelled' AND appt_payment_status IS NULL
  AND (current_setting('rounds.hospitals')::jsonb = '[]' OR current_setting('rounds.hospitals')::jsonb ? lower(hospital_name))
ORDER BY hospital_name, appointment_time, appointment_id
