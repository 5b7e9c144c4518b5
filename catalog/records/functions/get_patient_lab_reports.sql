-- Every lab report of a patient with the visit that it belongs to, the latest first.
(patient_id text)
RETURNS TABLE (
    report_id   text,
    report_date date,
    test_type   text,
    result      text,
    visit_id    text,
    visit_date  date
)
AS $$
    SELECT r.report_id, r.report_date, r.test_type, r.result, r.visit_id, v.visit_date
    FROM records.visits v
    JOIN records.lab_reports r ON r.visit_id = v.visit_id
    WHERE v.patient_id = get_patient_lab_reports.patient_id
    ORDER BY r.report_date DESC NULLS LAST, r.report_id
$$
