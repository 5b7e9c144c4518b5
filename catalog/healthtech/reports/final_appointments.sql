SELECT booking_id, patient_id, doctor_id, booking_date, status FROM healthtech.appointments ORDER BY booking_id
