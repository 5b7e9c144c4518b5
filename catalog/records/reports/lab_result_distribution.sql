SELECT * FROM records.lab_result_distribution
