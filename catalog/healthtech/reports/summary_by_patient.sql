SELECT patient_id, confirmed, first_booking, last_booking
FROM healthtech.confirmed_by_patient
ORDER BY confirmed DESC, patient_id
