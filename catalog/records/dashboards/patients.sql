-- A row per patient.
SELECT p.patient_id,
       CASE p.gender WHEN 'F' THEN 'Female' WHEN 'M' THEN 'Male' ELSE p.gender END AS gender,
       CASE
           WHEN a.age < 18 THEN '0–17'
           WHEN a.age < 35 THEN '18–34'
           WHEN a.age < 50 THEN '35–49'
           WHEN a.age < 65 THEN '50–64'
           WHEN a.age < 80 THEN '65–79'
           WHEN a.age >= 80 THEN '80 and older'
       END AS age_group,
       p.blood_group,
       p.city,
       a.age >= 65 AS is_elderly,
       p.blood_group IS NOT NULL AS has_blood_group,
       coalesce(v.last_visit > current_setting('rounds.as_of')::date - interval '1 year', false) AS is_recent
FROM records.patients p
CROSS JOIN LATERAL (SELECT extract(year FROM age(current_setting('rounds.as_of')::date, p.dob)) AS age) a
LEFT JOIN (SELECT patient_id, max(visit_date) AS last_visit FROM records.visits GROUP BY patient_id) v USING (patient_id)
