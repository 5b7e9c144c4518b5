-- Every visit of a patient with the doctor who was seen, the latest first.
(patient_id text)
RETURNS TABLE (
    visit_id       text,
    visit_date     date,
    reason         text,
    visit_type     text,
    doctor_id      text,
    doctor_name    text,
    specialization text,
    hospital       text
)
AS $$
    SELECT v.visit_id, v.visit_date, v.reason, v.visit_type, v.doctor_id, d.name, d.specialization, d.hospital
    FROM records.visits v
    JOIN records.doctors d ON d.doctor_id = v.doctor_id
    WHERE v.patient_id = get_patient_history.patient_id
    ORDER BY v.visit_date DESC NULLS LAST, v.visit_id
$$
