-- A placeholder's specialty says nothing; its number tells it from the next.
SELECT name AS doctor, nullif(specialty, 'Unknown') AS specialty, doctor_id, confirmed, cancelled, confirmation_rate AS rate
FROM healthtech.confirmed_by_doctor
WHERE confirmed + cancelled > 0
ORDER BY confirmed DESC, doctor_id
