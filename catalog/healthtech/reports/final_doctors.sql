SELECT doctor_id, name, specialty FROM healthtech.doctors ORDER BY doctor_id
