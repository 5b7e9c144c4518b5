-- A row per visit. One without a lab result of these words is neither abnormal nor normal.
SELECT v.patient_id,
       v.doctor_id,
       concat_ws(', ', d.name, d.doctor_id) AS doctor,
       d.specialization AS specialty,
       d.hospital,
       v.reason,
       v.visit_type,
       to_char(v.visit_date, 'YYYY-MM') AS month,
       to_char(v.visit_date, 'YYYY') AS year,
       to_char(v.visit_date, 'FMDay') AS weekday,
       v.visit_type ILIKE 'emergency%' AS is_emergency,
       r.visit_id IS NOT NULL AS is_tested,
       r.is_abnormal
FROM records.visits v
JOIN records.doctors d USING (doctor_id)
LEFT JOIN (
    SELECT visit_id,
           bool_or(CASE
               WHEN lower(result) IN ('abnormal', 'critical', 'high', 'low', 'positive') THEN true
               WHEN lower(result) IN ('normal', 'negative', 'within normal limits') THEN false
           END) AS is_abnormal
    FROM records.lab_reports
    GROUP BY visit_id
) r USING (visit_id)
