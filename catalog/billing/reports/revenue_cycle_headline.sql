-- A share of what is owed means something only while something is.
SELECT ar.total AS "Total AR usd", ar.old AS "Over 90 days usd",
       CASE WHEN ar.total > 0 THEN round(ar.old / ar.total, 4) END AS "Over 90 days share",
       on_hold.total AS "On hold usd", week.billed AS "Billed last week usd", week.paid AS "Paid last week usd"
FROM (SELECT coalesce(sum(balance_due), 0) AS total,
             coalesce(sum(balance_due) FILTER (WHERE aging_bucket_order = 9), 0) AS old
      FROM billing.ar_aging_summary) AS ar,
     (SELECT coalesce(sum(total_amount), 0) AS total FROM billing.charges_on_hold_view) AS on_hold,
     (SELECT coalesce(sum(billed), 0) AS billed, coalesce(sum(paid), 0) AS paid
      FROM billing.billed_and_paid_by_week
      WHERE week_begins = current_setting('rounds.period_first')::date) AS week
