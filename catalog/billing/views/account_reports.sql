-- Every report that the vendor was asked for, and what became of it.
-- @customer_account The vendor's number of the account
-- @report_name The report
-- @as_of The day for which it was asked
-- @identifier The vendor's number of the run; none where nobody knows it
-- @status requested, running, ready, fetched, loaded, empty or failed
-- @requested_at When the vendor was asked
-- @ready_at When the vendor had it ready
-- @fetched_at When its file was dropped
-- @rows Rows that were loaded of it
-- @error Why it failed, or why its rows are not in the table
SELECT account AS customer_account,
       report AS report_name,
       as_of,
       identifier,
       status,
       requested_at,
       ready_at,
       fetched_at,
       rows,
       error
FROM ops.collected
