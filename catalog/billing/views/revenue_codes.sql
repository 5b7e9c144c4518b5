-- The kind of service that a revenue code stands for, after the national list (UB-04, form locator 42), with the
-- levels of behavioral health care told apart.
-- @revenue_code Revenue code, four digits
-- @service_type Kind of service
SELECT lpad(code::text, 4, '0') AS revenue_code,
       CASE
           WHEN code BETWEEN 110 AND 159 AND code % 10 = 6 THEN 'Detoxification'
           WHEN code BETWEEN 100 AND 219 THEN 'Inpatient'
           WHEN code BETWEEN 1000 AND 1005 THEN 'Residential'
           WHEN code IN (912, 913) THEN 'Partial hospitalization'
           WHEN code IN (905, 906) THEN 'Intensive outpatient'
           WHEN code BETWEEN 900 AND 919 OR code IN (944, 945) THEN 'Behavioral health outpatient'
           WHEN code BETWEEN 250 AND 259 OR code BETWEEN 630 AND 639 THEN 'Pharmacy'
           WHEN code BETWEEN 300 AND 319 THEN 'Laboratory'
           WHEN code BETWEEN 320 AND 359 OR code BETWEEN 400 AND 409 OR code BETWEEN 610 AND 619 THEN 'Imaging'
           WHEN code BETWEEN 420 AND 449 THEN 'Physical, occupational and speech therapy'
           WHEN code BETWEEN 450 AND 459 THEN 'Emergency'
           WHEN code BETWEEN 510 AND 529 THEN 'Clinic'
           WHEN code BETWEEN 960 AND 989 THEN 'Professional fees'
           ELSE 'Other'
       END AS service_type
FROM generate_series(1, 9999) AS code
