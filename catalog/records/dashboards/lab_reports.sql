-- A row per lab report. One whose result is none of these words is neither abnormal nor normal.
SELECT v.patient_id,
       r.test_type AS test,
       r.result,
       to_char(r.report_date, 'YYYY-MM') AS month,
       d.specialization AS specialty,
       d.hospital,
       CASE
           WHEN lower(r.result) IN ('abnormal', 'critical', 'high', 'low', 'positive') THEN true
           WHEN lower(r.result) IN ('normal', 'negative', 'within normal limits') THEN false
       END AS is_abnormal
FROM records.lab_reports r
JOIN records.visits v USING (visit_id)
JOIN records.doctors d USING (doctor_id)
