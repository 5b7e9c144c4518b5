SELECT * FROM records.visit_reason_analysis
