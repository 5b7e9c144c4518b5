-- The last request of each report, in the columns of the system before Rounds: billing.account_reports tells more.
-- @customer_account The vendor's number of the account
-- @report_name The report
-- @identifier The vendor's number of the run
-- @status 1 where the vendor has completed the report, whatever became of it since, unless it failed; else 0
SELECT DISTINCT ON (customer_account, report_name)
       customer_account,
       report_name,
       identifier,
       (status IN ('ready', 'fetched', 'loaded', 'empty'))::integer AS status
FROM billing.account_reports
ORDER BY customer_account, report_name, requested_at DESC
