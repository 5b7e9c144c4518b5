-- Visits and patients of a doctor, and the first and last visit.
(doctor_id text)
RETURNS TABLE (
    name            text,
    specialization  text,
    hospital        text,
    visits          bigint,
    unique_patients bigint,
    first_visit     date,
    last_visit      date
)
AS $$
    SELECT s.name, s.specialization, s.hospital, s.visits, s.unique_patients, min(v.visit_date), max(v.visit_date)
    FROM records.doctor_summary s
    LEFT JOIN records.visits v ON v.doctor_id = s.doctor_id
    WHERE s.doctor_id = get_doctor_summary.doctor_id
    GROUP BY s.name, s.specialization, s.hospital, s.visits, s.unique_patients
$$
