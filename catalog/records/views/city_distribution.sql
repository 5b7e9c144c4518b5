-- Patients by city; those without one have a row of their own, whose city is null.
-- @patients How many patients
SELECT city, count(*) AS patients
FROM records.patients
GROUP BY city
ORDER BY patients DESC, city
