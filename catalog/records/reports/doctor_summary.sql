SELECT * FROM records.doctor_summary
