-- Confirmed appointments of each patient: ask with WHERE patient_id = …
SELECT patient_id, count(*) AS confirmed, min(booking_date) AS first_booking, max(booking_date) AS last_booking
FROM healthtech.appointments
WHERE status = 'confirmed'
GROUP BY patient_id
ORDER BY confirmed DESC, patient_id
