SELECT appointment_id, patient_id AS patient, patient_type, gender, state, country, appointment_type, procedure_type,
       appointment_date, appointment_time AS starts_at, appointment_end_time AS ends_at, hospital_name, doctor_id,
       doctor_his_id, doctor_name, speciality, clean_specialty, appt_status AS status,
       appt_payment_status AS payment_status, consider_patient, booking_source, booked_datetime AS booked_at,
       checked_in_datetime AS checked_in_at, is_checkedin AS is_checked_in, consultation_datetime AS consultation_at,
       completed_datetime AS completed_at, cancelled_datetime AS cancelled_at, is_re_scheduled AS is_rescheduled,
       is_prescription_generated AS has_prescription, prescription_generated_datetime AS prescription_at, payment_type,
       amount_inr, discount_inr, registration_fee_inr, convenience_fee_inr, consult_fee_inr,
       cgst AS cgst_inr, sgst AS sgst_inr, igst AS igst_inr, refund_amount_inr
FROM mis.appointments
WHERE current_setting('rounds.hospitals')::jsonb = '[]'
   OR current_setting('rounds.hospitals')::jsonb ? lower(hospital_name)
ORDER BY appointment_date, starts_at, appointment_id
