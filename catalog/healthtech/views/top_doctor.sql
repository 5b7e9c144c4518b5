-- The doctor with the most confirmed appointments; several rows where several are level.
SELECT doctor_id, name, specialty, confirmed
FROM (
    SELECT d.doctor_id, d.name, d.specialty, count(*) AS confirmed, rank() OVER (ORDER BY count(*) DESC) AS place
    FROM healthtech.doctors d
    JOIN healthtech.appointments a USING (doctor_id)
    WHERE a.status = 'confirmed'
    GROUP BY d.doctor_id, d.name, d.specialty
) ranked
WHERE place = 1
ORDER BY doctor_id
