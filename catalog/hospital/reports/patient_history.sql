-- What was done for a patient, a row per treatment, and the visits that left no treatment. A patient who is known and has
-- neither is one row; nobody's number, none.
SELECT p.patient_id AS "Patient ID", p.name AS "Patient Name", d.name AS "Doctor Name",
       a.appointment_date AS "Appointment Date", a.visit_type AS "Visit Type",
       t.symptoms AS "Symptoms", t.diagnosis AS "Diagnosis", t.treatment AS "Treatment",
       t.prescription AS "Prescription", t.notes AS "Notes", t.next_visit AS "Next Visit"
FROM hospital.patients p
LEFT JOIN (hospital.appointments a
           LEFT JOIN hospital.treatments t ON t.appointment_id = a.appointment_id
           LEFT JOIN hospital.doctors d ON d.doctor_id = a.doctor_id)
    ON a.patient_id = p.patient_id AND (a.status = 'completed' OR t.treatment_id IS NOT NULL)
WHERE p.patient_id = current_setting('rounds.patient_id')
ORDER BY a.appointment_date, a.appointment_time NULLS LAST, a.appointment_id, t.created_at NULLS LAST, t.treatment_id
