-- Lab reports by type of test and result; what a report does not say is null.
-- @lab_reports How many reports
SELECT test_type, result, count(*) AS lab_reports
FROM records.lab_reports
GROUP BY test_type, result
ORDER BY test_type, lab_reports DESC, result
