SELECT * FROM records.hospital_visits
