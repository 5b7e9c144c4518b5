-- Treatments with who gave them to whom, each at one moment: when it was written down, or else the day of its appointment.
-- So each falls into one day, one month and one quarter, however late it was written.
-- @given_at When it was written down; midnight of its appointment's day where nobody knows
SELECT t.treatment_id, t.created_at AS given_at, a.doctor_id, a.patient_id, a.visit_type, t.diagnosis, t.treatment
FROM hospital.treatments t
JOIN hospital.appointments a USING (appointment_id)
WHERE t.created_at IS NOT NULL
UNION ALL
SELECT t.treatment_id, a.appointment_date::timestamp, a.doctor_id, a.patient_id, a.visit_type, t.diagnosis, t.treatment
FROM hospital.treatments t
JOIN hospital.appointments a USING (appointment_id)
WHERE t.created_at IS NULL
