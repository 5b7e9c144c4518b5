-- The rules of the central patient record and its five analytics, in DuckDB's SQL over the files as they were dropped.
-- Variables: folder, in which the files stand as `01-patients.csv`, numbered by their drops; as_of, the day of the drops.

CREATE MACRO word(cell) AS nullif(trim(cell), '');
CREATE MACRO day(cell) AS
    coalesce(try_strptime(word(cell), '%Y-%m-%d'), try_strptime(word(cell), '%m/%d/%Y'))::DATE;
-- A day is left out, or can be read and does not lie behind the drop.
CREATE MACRO is_past(cell) AS word(cell) IS NULL OR coalesce(day(cell) <= getvariable('as_of'), false);
CREATE MACRO gender(cell) AS CASE
    WHEN regexp_full_match(word(cell), '(m|male|man)\.?', 'i') THEN 'M'
    WHEN regexp_full_match(word(cell), '(f|female|woman)\.?', 'i') THEN 'F'
    WHEN regexp_full_match(word(cell), '(other|non-binary)\.?', 'i') THEN 'Other'
END;
CREATE MACRO written_group(cell) AS
    CASE WHEN lower(word(cell)) NOT IN ('unknown', 'n/a') THEN replace(upper(word(cell)), '0', 'O') END;
CREATE MACRO blood_group(cell) AS
    regexp_extract(written_group(cell), '^(AB|A|B|O)', 1)
    || CASE WHEN regexp_matches(written_group(cell), '(\+|POS)') THEN '+' ELSE '-' END;
CREATE MACRO is_group(cell) AS
    written_group(cell) IS NULL
    OR regexp_full_match(written_group(cell), '(AB|A|B|O) ?(\+(VE)?|-(VE)?|POS(ITIVE)?|NEG(ATIVE)?)');

CREATE TABLE patients_csv AS
    FROM read_csv(getvariable('folder') || '/*-patients*.csv', header = true, all_varchar = true, filename = true);
CREATE TABLE doctors_csv AS
    FROM read_csv(getvariable('folder') || '/*-doctors*.csv', header = true, all_varchar = true, filename = true);
CREATE TABLE visits_csv AS
    FROM read_csv(getvariable('folder') || '/*-visits*.csv', header = true, all_varchar = true, filename = true);
CREATE TABLE lab_reports_csv AS
    FROM read_csv(getvariable('folder') || '/*-lab_reports*.csv', header = true, all_varchar = true, filename = true);

-- Of the rows with one id that break no rule the last stands.
CREATE TABLE patients AS
SELECT word(patient_id) AS patient_id, word(city) AS city
FROM patients_csv
WHERE word(patient_id) IS NOT NULL AND gender(gender) IS NOT NULL AND is_group(blood_group) AND is_past(dob)
  AND (word(dob) IS NULL OR day(dob) >= DATE '1900-01-01')
QUALIFY rowid = max(rowid) OVER (PARTITION BY word(patient_id));

CREATE TABLE doctors AS
SELECT word(doctor_id) AS doctor_id, word(name) AS name, word(specialization) AS specialization, word(hospital) AS hospital
FROM doctors_csv
WHERE word(doctor_id) IS NOT NULL
QUALIFY rowid = max(rowid) OVER (PARTITION BY word(doctor_id));

-- A row whose parents are not there waits, and the row that an earlier file brought stands until then.
CREATE TABLE visits AS
WITH sound AS (
    SELECT rowid AS place, word(visit_id) AS visit_id, word(patient_id) AS patient_id, word(doctor_id) AS doctor_id,
           word(reason) AS reason
    FROM visits_csv
    WHERE word(visit_id) IS NOT NULL AND word(patient_id) IS NOT NULL AND word(doctor_id) IS NOT NULL
      AND is_past(visit_date)
    QUALIFY rowid = max(rowid) OVER (PARTITION BY filename, word(visit_id))
)
SELECT visit_id, patient_id, doctor_id, reason
FROM sound SEMI JOIN patients USING (patient_id) SEMI JOIN doctors USING (doctor_id)
QUALIFY place = max(place) OVER (PARTITION BY visit_id);

CREATE TABLE lab_reports AS
WITH sound AS (
    SELECT rowid AS place, word(report_id) AS report_id, word(visit_id) AS visit_id, word(test_type) AS test_type,
           word(result) AS result
    FROM lab_reports_csv
    WHERE word(report_id) IS NOT NULL AND word(visit_id) IS NOT NULL AND is_past(report_date)
    QUALIFY rowid = max(rowid) OVER (PARTITION BY filename, word(report_id))
)
SELECT report_id, test_type, result
FROM sound SEMI JOIN visits USING (visit_id)
QUALIFY place = max(place) OVER (PARTITION BY report_id);

CREATE VIEW doctor_summary AS
SELECT doctor_id, any_value(name), any_value(specialization), any_value(hospital),
       count(visit_id), count(DISTINCT patient_id)
FROM doctors LEFT JOIN visits USING (doctor_id)
GROUP BY doctor_id;

CREATE VIEW city_distribution AS
SELECT city, count(*) FROM patients GROUP BY city;

CREATE VIEW visit_reason_analysis AS
SELECT reason, count(*), count(DISTINCT patient_id) FROM visits GROUP BY reason;

CREATE VIEW lab_result_distribution AS
SELECT test_type, result, count(*) FROM lab_reports GROUP BY ALL;

CREATE VIEW hospital_visits AS
SELECT hospital, count(visit_id), count(DISTINCT patient_id), count(DISTINCT visits.doctor_id)
FROM doctors LEFT JOIN visits ON visits.doctor_id = doctors.doctor_id
GROUP BY hospital;
