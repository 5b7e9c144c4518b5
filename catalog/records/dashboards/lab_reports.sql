-- A row per lab report. One without a result is neither abnormal nor normal.
SELECT v.patient_id,
       r.test_type AS test,
       r.result,
       to_char(r.report_date, 'YYYY-MM') AS month,
       d.specialization AS specialty,
       d.hospital,
       lower(r.result) <> 'normal' AS is_abnormal
FROM records.lab_reports r
JOIN records.visits v USING (visit_id)
JOIN records.doctors d USING (doctor_id)
